import { PageTitle } from "../../parts/Page";

export default function People() {
  return <PageTitle ns="people" />;
}
