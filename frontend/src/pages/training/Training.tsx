import { PageTitle } from "../../parts/Page";

export default function Training() {
  return <PageTitle ns="training" />;
}
