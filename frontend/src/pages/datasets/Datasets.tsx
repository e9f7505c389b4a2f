import { PageTitle } from "../../parts/Page";

export default function Datasets() {
  return <PageTitle ns="datasets" />;
}
