/** Addresses to pages; each is loaded when it is first opened. */

import { createBrowserRouter, Navigate, type RouteObject } from "react-router-dom";
import { Broken } from "./frame/Broken";
import { Frame } from "./frame/Frame";
import { Guard } from "./frame/Guard";
import { NotFound } from "./frame/NotFound";
import { Starting } from "./frame/Starting";
import { PAGES, type PageRoute } from "./pages";

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
