import { useEffect, useRef, useState } from "react";
import { address, send } from "../../api/client";
import type { JobEvent } from "../../api/types";
import { useLive } from "../../live/useLive";

/** All events of a job, read page by page, then as they come; `error` while they cannot be read. */
export function useEvents(job: number): { events: JobEvent[]; error: unknown } {
  const [events, setEvents] = useState<JobEvent[]>([]);
  const [error, setError] = useState<unknown>(null);
  const reader = useRef<() => void>(() => undefined);
  useEffect(() => {
    let gone = false;
    let last = 0;
    let [reading, again] = [false, false];
    const read = async () => {
      again = true;
      if (reading) return;
      reading = true;
      try {
        while (again && !gone) {
          again = false;
          for (let more = true; more && !gone; ) {
            const page = await send<{ results: JobEvent[] }>("GET", address(`/jobs/${job}/events`, { after: last, limit: 500 }));
            more = page.results.length > 0;
            if (gone || !more) break;
            last = page.results.at(-1)!.seq;
            setEvents((old) => [...old, ...page.results]);
          }
        }
        if (!gone) setError(null);
      } catch (problem) {
        if (!gone) setError(problem); // the next event or the timer reads again
      } finally {
        reading = false;
      }
    };
    reader.current = () => void read();
    setEvents([]);
    void read();
    const timer = setInterval(() => void read(), 5000);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [job]);
  useLive(`job.${job}`, () => reader.current());
  return { events, error };
}
