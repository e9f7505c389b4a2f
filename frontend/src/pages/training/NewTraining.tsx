import { PageTitle } from "../../parts/Page";

export default function NewTraining() {
  return <PageTitle ns="training" />;
}
