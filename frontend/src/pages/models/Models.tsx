import { PageTitle } from "../../parts/Page";

export default function Models() {
  return <PageTitle ns="models" />;
}
