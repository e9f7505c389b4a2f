import { PageTitle } from "../../parts/Page";

export default function Products() {
  return <PageTitle ns="products" />;
}
