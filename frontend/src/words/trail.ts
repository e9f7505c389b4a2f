/** What was done, in the audit trail. */

import i18next from "i18next";
import { word } from "./said";

/** "recipe.release" as people say it. */
export function actionWords(action: string): string {
  if (i18next.exists(`words:actions.${action}`)) return i18next.t(`words:actions.${action}`);
  const [kind = "", verb = ""] = action.split(".");
  return i18next.t("words:action", { kind: word("kinds", kind), verb: word("verbs", verb) });
}
