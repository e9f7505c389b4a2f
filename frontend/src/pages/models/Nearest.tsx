import { Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { NearImage, Nearest as Found } from "../../api/types";
import { Problem } from "../../parts/Problem";
import { Shape } from "../../parts/Verdict";

const SETTLING = 250; // ms

/** The held-out images whose scores are nearest to the threshold, on both sides of it. */
export function Nearest({ model, at }: { model: number; at: number }) {
  const { t } = useTranslation("models");
  const [settled] = useDebouncedValue(at, SETTLING);
  const query = useQuery({
    queryKey: ["model-nearest", model, settled], queryFn: () => api.get<Found>(`/models/${model}/nearest`, { at: settled }),
    placeholderData: keepPreviousData, staleTime: 300_000,
  });
  return (
    <>
      <h3 className="nearest-title">{t("imageThreshold.nearest")}</h3>
      <Problem error={query.error} onRetry={() => void query.refetch()} />
      {query.data && (
        <div className="nearest-sides">
          <Side title={t("imageThreshold.below")} images={query.data.below} called={false} />
          <Side title={t("imageThreshold.above")} images={query.data.above} called />
        </div>
      )}
    </>
  );
}

function Side({ title, images, called }: { title: string; images: NearImage[]; called: boolean }) {
  const { t } = useTranslation("models");
  return (
    <div>
      <Text size="sm" c="dimmed" mb={4}>{title}</Text>
      {images.length ? <div className="nearest">{images.map((each) => <Near key={each.id} image={each} called={called} />)}</div> : <Text size="sm" c="dimmed">{t("imageThreshold.noneThere")}</Text>}
    </div>
  );
}

/** Its truth is told by sign and word; a wrong side is told beside it. */
function Near({ image, called }: { image: NearImage; called: boolean }) {
  const { t } = useTranslation("models");
  const truth = t(`imageThreshold.${image.defective ? "defective" : image.nuisance ? "nuisance" : "good"}`);
  const wrong = image.defective !== called && t(called ? "imageThreshold.falseCall" : "imageThreshold.escape");
  const picture = (
    <>
      <span className="thumb">{image.image && <img src={image.image.thumbnail_url ?? image.image.url} alt="" loading="lazy" decoding="async" />}</span>
      <span className="nearest-words">
        <b>{image.score.toFixed(3)}</b>
        <span><Shape sign={image.defective ? "ng" : image.nuisance ? "review" : "ok"} size={12} /> {truth}</span>
        {wrong && <span className="nearest-wrong">{wrong}</span>}
        {!image.image && <span className="dim">{t("imageThreshold.gone")}</span>}
      </span>
    </>
  );
  if (image.dataset === null) return <div className="near" title={image.path ?? undefined}>{picture}</div>;
  return <Link className="near" title={image.path ?? undefined} aria-label={`${image.path}, ${image.score.toFixed(3)}, ${truth}`} to={`/datasets/${image.dataset}?sample=${image.id}`}>{picture}</Link>;
}
