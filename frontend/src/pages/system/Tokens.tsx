import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { everyPage } from "../../api/client";
import type { ApiToken } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { number } from "../../parts/format";
import { QueryState } from "../../parts/QueryState";
import { useNow } from "../../state/now";

const SOON = 30 * 86_400_000; // ms

/** How many of each kind there are, of everybody's tokens. */
export function tokenCounts(tokens: ApiToken[], now: number) {
  const valid = tokens.filter((each) => !each.revoked_at && !(each.expires_at && Date.parse(each.expires_at) <= now));
  return {
    valid: valid.length,
    soon: valid.filter((each) => each.expires_at && Date.parse(each.expires_at) <= now + SOON).length,
    unused: valid.filter((each) => !each.last_used_at).length,
    ended: tokens.length - valid.length,
  };
}

/** The API tokens of the whole plant in four numbers: a line computer whose token ends stops. */
export function Tokens() {
  const { t } = useTranslation("system");
  const now = useNow();
  const query = useQuery({ queryKey: ["tokens", "all"], queryFn: () => everyPage<ApiToken>("/tokens", { all: true }) });
  return (
    <QueryState query={query} isEmpty={() => false}>
      {(tokens) => (
        <div className="figures">
          {Object.entries(tokenCounts(tokens, now)).map(([name, count]) => (
            <Figure key={name} label={t(`tokens.${name}`)} value={number(count)} sign={name === "soon" && count ? "review" : undefined} />
          ))}
        </div>
      )}
    </QueryState>
  );
}
