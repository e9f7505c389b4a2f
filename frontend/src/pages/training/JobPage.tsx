import { PageTitle } from "../../parts/Page";

export default function JobPage() {
  return <PageTitle ns="training" />;
}
