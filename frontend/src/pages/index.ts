/** Every page, its address, its place in the rail, and who may open it. */

import {
  IconBooks, IconBox, IconBuildingFactory2, IconChartLine, IconEyeCheck, IconGauge,
  IconLayoutGrid, IconListSearch, IconPhoto, IconSeedling, IconServer2, IconUsers, type Icon,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Capability } from "../api/types";

export type Group = "watch" | "improve" | "understand" | "setup";
type Load = () => Promise<{ default: ComponentType }>;

export interface PageRoute {
  path: string;
  load: Load;
  /** One of these is enough; none means that signing in is. */
  needs: Capability[];
  nav?: { group: Group; name: string; icon: Icon };
}

export const GROUPS: Group[] = ["watch", "improve", "understand", "setup"];

export const PAGES: PageRoute[] = [
  { path: "board", needs: ["view"], load: () => import("./board/Board"), nav: { group: "watch", name: "board", icon: IconLayoutGrid } },
  { path: "lines/:line", needs: ["view"], load: () => import("./line/LinePage") },
  { path: "inspections", needs: ["view"], load: () => import("./inspections/Inspections"), nav: { group: "watch", name: "inspections", icon: IconListSearch } },
  { path: "inspections/:id", needs: ["view"], load: () => import("./inspections/InspectionPage") },
  { path: "review", needs: ["dispose"], load: () => import("./review/Review"), nav: { group: "watch", name: "review", icon: IconEyeCheck } },
  { path: "datasets", needs: ["datasets"], load: () => import("./datasets/Datasets"), nav: { group: "improve", name: "datasets", icon: IconPhoto } },
  { path: "datasets/:id", needs: ["datasets"], load: () => import("./datasets/DatasetPage") },
  { path: "training", needs: ["train"], load: () => import("./training/Training"), nav: { group: "improve", name: "training", icon: IconGauge } },
  { path: "training/new", needs: ["train"], load: () => import("./training/NewTraining") },
  { path: "synthetic", needs: ["datasets"], load: () => import("./synthetic/Synthetic") },
  { path: "synthetic/new", needs: ["train"], load: () => import("./synthetic/NewGenerator") },
  { path: "synthetic/:id", needs: ["datasets"], load: () => import("./synthetic/BatchPage") },
  { path: "jobs/:id", needs: ["train"], load: () => import("./training/JobPage") },
  { path: "models", needs: ["view"], load: () => import("./models/Models"), nav: { group: "improve", name: "models", icon: IconBox } },
  { path: "models/:id", needs: ["view"], load: () => import("./models/ModelPage") },
  { path: "models/:id/class", needs: ["train"], load: () => import("./extend/NewClass") },
  { path: "statistics", needs: ["view"], load: () => import("./statistics/Statistics"), nav: { group: "understand", name: "statistics", icon: IconChartLine } },
  { path: "plant", needs: ["configure"], load: () => import("./plant/Plant"), nav: { group: "setup", name: "plant", icon: IconBuildingFactory2 } },
  { path: "products", needs: ["configure"], load: () => import("./products/Products"), nav: { group: "setup", name: "products", icon: IconBooks } },
  { path: "base-weights", needs: ["train"], load: () => import("./weights/Weights"), nav: { group: "setup", name: "weights", icon: IconSeedling } },
  { path: "people", needs: ["people"], load: () => import("./people/People"), nav: { group: "setup", name: "people", icon: IconUsers } },
  { path: "tokens", needs: [], load: () => import("./people/Tokens") },
  { path: "system", needs: ["system", "audit"], load: () => import("./system/System"), nav: { group: "setup", name: "system", icon: IconServer2 } },
];
