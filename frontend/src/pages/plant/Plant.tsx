import { PageTitle } from "../../parts/Page";

export default function Plant() {
  return <PageTitle ns="plant" />;
}
