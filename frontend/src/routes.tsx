/** Every page, its address, its place in the rail, and who may open it. */

import {
  IconBooks, IconBox, IconBuildingFactory2, IconChartLine, IconEyeCheck, IconGauge,
  IconLayoutGrid, IconListSearch, IconPhoto, IconServer2, IconUsers, type Icon,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { createBrowserRouter, Navigate, type RouteObject } from "react-router-dom";
import type { Capability } from "./api/types";
import { Broken } from "./frame/Broken";
import { Frame } from "./frame/Frame";
import { Guard } from "./frame/Guard";
import { NotFound } from "./frame/NotFound";
import { Starting } from "./frame/Starting";

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
  { path: "board", needs: ["view"], load: () => import("./pages/board/Board"), nav: { group: "watch", name: "board", icon: IconLayoutGrid } },
  { path: "lines/:line", needs: ["view"], load: () => import("./pages/line/LinePage") },
  { path: "inspections", needs: ["view"], load: () => import("./pages/inspections/Inspections"), nav: { group: "watch", name: "inspections", icon: IconListSearch } },
  { path: "inspections/:id", needs: ["view"], load: () => import("./pages/inspections/InspectionPage") },
  { path: "review", needs: ["dispose"], load: () => import("./pages/review/Review"), nav: { group: "watch", name: "review", icon: IconEyeCheck } },
  { path: "datasets", needs: ["datasets"], load: () => import("./pages/datasets/Datasets"), nav: { group: "improve", name: "datasets", icon: IconPhoto } },
  { path: "datasets/:id", needs: ["datasets"], load: () => import("./pages/datasets/DatasetPage") },
  { path: "training", needs: ["train"], load: () => import("./pages/training/Training"), nav: { group: "improve", name: "training", icon: IconGauge } },
  { path: "training/new", needs: ["train"], load: () => import("./pages/training/NewTraining") },
  { path: "jobs/:id", needs: ["train"], load: () => import("./pages/training/JobPage") },
  { path: "models", needs: ["view"], load: () => import("./pages/models/Models"), nav: { group: "improve", name: "models", icon: IconBox } },
  { path: "models/:id", needs: ["view"], load: () => import("./pages/models/ModelPage") },
  { path: "statistics", needs: ["view"], load: () => import("./pages/statistics/Statistics"), nav: { group: "understand", name: "statistics", icon: IconChartLine } },
  { path: "plant", needs: ["configure"], load: () => import("./pages/plant/Plant"), nav: { group: "setup", name: "plant", icon: IconBuildingFactory2 } },
  { path: "products", needs: ["configure"], load: () => import("./pages/products/Products"), nav: { group: "setup", name: "products", icon: IconBooks } },
  { path: "people", needs: ["people"], load: () => import("./pages/people/People"), nav: { group: "setup", name: "people", icon: IconUsers } },
  { path: "system", needs: ["system", "audit"], load: () => import("./pages/system/System"), nav: { group: "setup", name: "system", icon: IconServer2 } },
];

function route(page: PageRoute): RouteObject {
  return {
    path: page.path,
    errorElement: <Broken />,
    lazy: async () => {
      const Page = (await page.load()).default;
      const Component = () => (
        <Guard needs={page.needs}>
          <Page />
        </Guard>
      );
      return { Component };
    },
  };
}

export const router = createBrowserRouter([
  {
    errorElement: <Broken />,
    hydrateFallbackElement: <Starting />,
    children: [
      {
        path: "login",
        lazy: async () => ({ Component: (await import("./pages/login/Login")).default }),
      },
      {
        path: "/",
        element: <Frame />,
        errorElement: <Broken />,
        children: [
          { index: true, element: <Navigate to="/board" replace /> },
          ...PAGES.map(route),
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
]);
