import { useMe } from "../../api/queries";
import { holds } from "../../state/can";

/** Products and classes concern every line: someone limited to some lines reads them and no more. */
export function useWholePlant(): boolean {
  const me = useMe().data;
  return holds(me, "configure") && me?.lines.length === 0;
}
