import { PageTitle } from "../../parts/Page";

export default function ModelPage() {
  return <PageTitle ns="models" />;
}
