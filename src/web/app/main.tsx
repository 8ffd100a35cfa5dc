/** Where the page begins. */
import { Registry, RegistryContext, scheduleTask } from "@effect-atom/atom-react"
import { createRoot } from "react-dom/client"
import { Controller } from "./Controller.ts"
import { exposeForTests } from "./exposed.ts"
import "./styles/base.css"
import "./styles/layout.css"
import "./styles/lobby.css"
import "./styles/match.css"
import "./styles/panels.css"
import "./styles/landscape.css"
import { App } from "./ui/App.tsx"
import { ControllerContext } from "./ui/context.ts"

const registry = Registry.make({ scheduleTask })
const controller = new Controller(registry)
exposeForTests(controller, registry)
controller.start()

createRoot(document.getElementById("page")!).render(
  <RegistryContext.Provider value={registry}>
    <ControllerContext.Provider value={controller}>
      <App />
    </ControllerContext.Provider>
  </RegistryContext.Provider>
)
