/** Proof for the compiler: every field the pages read is a field that the API's document names. */

import type { components } from "./schema";
import type * as Seen from "./types-inspection";
import type * as Learnt from "./types-learning";
import type * as Plant from "./types";
import type * as Drawing from "../pages/synthetic/types";

type Made = components["schemas"];
type Unnamed<Hand, Name extends keyof Made> = Exclude<keyof Hand, keyof Made[Name]>;

/** Each entry is `never` where the two agree, else the names of the fields that the API lacks. */
interface Unknown {
  me: Unnamed<Plant.Me, "Me">;
  user: Unnamed<Plant.User, "Person">;
  token: Unnamed<Plant.ApiToken, "TokenShown">;
  site: Unnamed<Plant.Site, "SiteShown">;
  line: Unnamed<Plant.Line, "LineShown">;
  station: Unnamed<Plant.Station, "StationShown">;
  camera: Unnamed<Plant.Camera, "CameraShown">;
  alignment: Unnamed<Plant.Alignment, "AlignmentShown">;
  alignmentPair: Unnamed<Plant.AlignmentPair, "PairShown">;
  registration: Unnamed<Plant.Registration, "RegistrationShown">;
  product: Unnamed<Plant.Product, "ProductShown">;
  defectClass: Unnamed<Plant.DefectClass, "DefectClassShown">;
  row: Unnamed<Seen.InspectionRow, "Row">;
  inspection: Unnamed<Seen.Inspection, "Detail">;
  finding: Unnamed<Seen.Finding, "FindingShown">;
  image: Unnamed<Seen.InspectionImage, "ImageShown">;
  disposition: Unnamed<Seen.Disposition, "DispositionShown">;
  boardLine: Unnamed<Seen.BoardLine, "Tile">;
  boardModel: Unnamed<Seen.BoardModel, "InForce">;
  summary: Unnamed<Seen.Summary, "PeriodSummary">;
  trend: Unnamed<Seen.Trend, "Trend">;
  bar: Unnamed<Seen.ClassBar, "ClassBar">;
  pareto: Unnamed<Seen.Pareto, "Pareto">;
  dataset: Unnamed<Learnt.Dataset, "DatasetShown">;
  sample: Unnamed<Learnt.Sample, "SampleShown">;
  sampleImage: Unnamed<Learnt.SampleImage, "SampleImageShown">;
  annotation: Unnamed<Learnt.Annotation, "AnnotationShown">;
  import: Unnamed<Learnt.Import, "ImportShown">;
  version: Unnamed<Learnt.DatasetVersion, "VersionShown">;
  engine: Unnamed<Learnt.Engine, "EngineShown">;
  augmentations: Unnamed<Learnt.Augmentations, "Augmentations">;
  variedImages: Unnamed<Learnt.Preview, "Preview">;
  variedImage: Unnamed<Learnt.PreviewImage, "PreviewImage">;
  job: Unnamed<Learnt.Job, "JobShown">;
  check: Unnamed<Learnt.JobCheck, "Checked">;
  model: Unnamed<Learnt.Model, "ModelWhole">;
  base: Unnamed<Learnt.Base, "BaseShown">;
  baseWeights: Unnamed<Learnt.BaseWeights, "WeightsShown">;
  allowedPickle: Unnamed<Learnt.AllowedPickle, "AllowedShown">;
  batch: Unnamed<Drawing.Batch, "BatchShown">;
  drawn: Unnamed<Drawing.Drawn, "DrawnShown">;
  drawnState: Exclude<Made["SyntheticStateEnum"], Drawing.DrawnState>;
  rule: Unnamed<Learnt.Rule, "RuleShown">;
  recipe: Unnamed<Learnt.Recipe, "RecipeShown">;
  release: Unnamed<Learnt.Release, "ReleaseShown">;
  preview: Unnamed<Learnt.RecipePreview, "PreviewShown">;
  system: Unnamed<Learnt.SystemState, "SystemShown">;
  boardState: Exclude<Made["BoardStateEnum"], Seen.BoardState>;
  workState: Exclude<Made["WorkStateEnum"], Learnt.WorkState>;
  verdict: Exclude<Made["VerdictEnum"], Plant.Verdict>;
  outcome: Exclude<Made["OutcomeEnum"], Plant.Outcome>;
  role: Exclude<Made["RoleEnum"], Plant.Role>;
}

type Disagreeing = { [Name in keyof Unknown]: [Unknown[Name]] extends [never] ? never : Name }[keyof Unknown];
type Nothing<T extends never> = T;
export type Agreed = Nothing<Disagreeing>;
