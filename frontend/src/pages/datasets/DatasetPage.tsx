import { PageTitle } from "../../parts/Page";

export default function DatasetPage() {
  return <PageTitle ns="datasets" />;
}
