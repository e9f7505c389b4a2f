import { PageTitle } from "../../parts/Page";

export default function System() {
  return <PageTitle ns="system" />;
}
