import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, everyPage } from "../../api/client";
import { queryClient } from "../../api/queries";
import { chosen, type Looking, moved, type Shown } from "./looking";
import type { Batch, Drawn, DrawnState } from "./types";

/** A batch's images, the one in hand, and what is said of them; shown at once, taken back when it was refused. */
export function useLooking(batch: number, shown: Shown) {
  const key = ["synthetic", batch, "images"];
  const images = useQuery({ queryKey: key, queryFn: () => everyPage<Drawn>(`/synthetic/${batch}/images`, { limit: 500 }), staleTime: 60_000 });
  const [looking, look] = useState<Looking>({ at: null, said: [] });
  const all = images.data ?? [];
  const inHand = all.find((each) => each.id === looking.at);
  // What was decided stays in sight until the filter changes, so that one sees what one has done.
  const [kept, keep] = useState<{ shown: Shown; ids: number[] } | null>(null);
  const ids = kept?.shown === shown ? kept.ids : chosen(all, shown).map((each) => each.id);
  const list = ids.map((id) => all.find((each) => each.id === id)).filter((each) => each !== undefined);
  const put = (changed: Map<number, DrawnState>) =>
    queryClient.setQueryData<Drawn[]>(key, (old) => old?.map((each) => (changed.has(each.id) ? { ...each, state: changed.get(each.id)! } : each)));
  const act = useMutation({
    mutationFn: ({ some, state }: { some: Drawn[]; state: DrawnState }) => api.post<Batch>(`/synthetic/${batch}/decide`, { images: some.map((each) => each.id), state }),
    onSuccess: (told) => queryClient.setQueryData(["synthetic", batch], told),
    // Taken back at once: without a connection, asking anew waits until there is one.
    onError: (_, { some }) => {
      put(new Map(some.map((each) => [each.id, each.state])));
      look((old) => ({ ...old, said: old.said.filter(({ id }) => !some.some((each) => each.id === id)) }));
      void images.refetch();
    },
  });
  const say = (some: Drawn[], state: DrawnState) => {
    put(new Map(some.map((each) => [each.id, state])));
    act.mutate({ some, state });
  };
  const decide = (state: DrawnState) => {
    const one = inHand ?? list[0];
    if (!one || one.sample !== null) return;
    keep({ shown, ids });
    look(({ said }) => ({ at: moved(ids, one.id, 1), said: [...said, { id: one.id, before: one.state }] }));
    say([one], state);
  };
  const undo = () => {
    const last = looking.said.at(-1);
    const one = all.find((each) => each.id === last?.id);
    if (!last || !one) return;
    look(({ said }) => ({ at: last.id, said: said.slice(0, -1) }));
    say([one], last.before);
  };
  const decideAll = (state: DrawnState) => {
    const open = list.filter((each) => each.sample === null && each.state === "proposed");
    if (open.length) say(open, state);
  };
  return {
    images, list, all, error: act.error, inHand, decide, undo, decideAll,
    canUndo: looking.said.length > 0,
    choose: (id: number) => look((old) => ({ ...old, at: id })),
    move: (by: number) => look((old) => ({ ...old, at: moved(ids, old.at, by) })),
    again: () => keep(null),
  };
}
