/**
 * What the server says, in the language of the pages. It speaks English with stable codes: for
 * another language, i18n/<language>/server.json has a sentence for each code, filled with the
 * values that came along. English, and a code without a sentence, keep the server's own words.
 */

import i18next from "i18next";

/** The values in a sentence; `case` where one code has several sentences. */
export type Params = Record<string, unknown>;

/** The sentence at exactly this place of the catalogue, or null. */
export function exactly(path: string, params: Params = {}): string | null {
  const key = `server:${path}`;
  return i18next.exists(key) ? i18next.t(key, params) : null;
}

/** The sentence of the case, else that of the code, or null where the server's words are to stay. */
export function said(path: string, params: Params = {}): string | null {
  return (params.case ? exactly(`${path}_${String(params.case)}`, params) : null) ?? exactly(path, params);
}

/** A word of the fixed vocabulary, else the name itself. */
export function word(kind: string, name: string): string {
  return i18next.t(`words:${kind}.${name}`, { defaultValue: name });
}
