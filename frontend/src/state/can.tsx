import type { ReactNode } from "react";
import { useMe } from "../api/queries";
import type { Capability, Me } from "../api/types";

/** Whether this person holds one of these capabilities. */
export function holds(me: Me | null | undefined, ...any: Capability[]): boolean {
  return any.length === 0 || any.some((capability) => me?.capabilities.includes(capability));
}

export function useCan(...any: Capability[]): boolean {
  return holds(useMe().data, ...any);
}

/** Its children for those who may; for the rest nothing, or what `otherwise` says. */
export function Can({
  do: capability,
  children,
  otherwise = null,
}: {
  do: Capability;
  children: ReactNode;
  otherwise?: ReactNode;
}) {
  return useCan(capability) ? children : otherwise;
}
