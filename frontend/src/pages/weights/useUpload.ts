import { useEffect, useRef, useState } from "react";
import { api, ApiProblem } from "../../api/client";
import type { BaseWeights } from "../../api/types";
import { digestOf } from "../../upload/hashing";
import { type Progress, shareOf, Uploader } from "../../upload/uploader";
import { isPickle } from "./pickle";

export type Step = "choose" | "reading" | "read" | "sending" | "entering";
export const MOST = 4 * 1024 ** 3; // bytes that the server takes

export interface Words { name: string; architecture: string; licence: string; source: string; note: string }

interface Chosen { file: File; pickle: boolean; sha256: string | null }

/** From a file on this computer to a row of the store: read, sent, entered. */
export function useUpload(onDone: (row: BaseWeights) => void) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [step, setStep] = useState<Step>("choose");
  const [share, setShare] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const stopping = useRef(new AbortController());
  useEffect(() => () => stopping.current.abort(), []);

  const choose = async (file: File) => {
    stopping.current.abort();
    const mine = (stopping.current = new AbortController());
    setError(null);
    setShare(0);
    setStep("reading");
    try {
      setChosen({ file, pickle: await isPickle(file), sha256: null });
      const sha256 = await digestOf(file, (read) => setShare(file.size ? read / file.size : 1), mine.signal);
      setChosen((old) => old && { ...old, sha256 });
      setStep("read");
    } catch (broken) {
      if (mine.signal.aborted) return;
      setChosen(null);
      setStep("choose");
      setError(new ApiProblem(0, "upload_broke", broken instanceof Error ? broken.message : String(broken)));
    }
  };

  /** `vouch`: the note with which a pickle's hash is registered first. */
  const send = async (words: Words, vouch: string | null) => {
    if (!chosen?.sha256) return;
    const { file, sha256 } = chosen;
    const mine = (stopping.current = new AbortController());
    setError(null);
    setShare(0);
    setStep("sending");
    try {
      if (vouch !== null) await api.post("/base-weights/allow-list", { sha256, note: vouch });
      await delivered(file, sha256, mine.signal, (progress) => setShare(shareOf(progress)));
      setStep("entering");
      onDone(await api.post<BaseWeights>("/base-weights", { ...words, sha256, file_name: file.name.slice(0, 255) }));
    } catch (refused) {
      setError(mine.signal.aborted ? null : refused);
      setStep("read");
    }
  };

  const stop = () => stopping.current.abort();
  return { chosen, step, share, error, choose, send, stop };
}

async function delivered(file: File, sha256: string, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<void> {
  const uploader = new Uploader([{ path: file.name, file }], onProgress, new Map([[file.name, sha256]]));
  signal.addEventListener("abort", () => uploader.pause(), { once: true });
  if (await uploader.run()) return;
  const { problem, failed } = uploader.progress;
  throw problem ?? new ApiProblem(0, "upload_broke", failed[0]?.why ?? "");
}
