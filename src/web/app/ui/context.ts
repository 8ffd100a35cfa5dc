import { createContext, useContext } from "react"
import type { Controller } from "../Controller.ts"

export const ControllerContext = createContext<Controller | null>(null)

export const useController = (): Controller => {
  const controller = useContext(ControllerContext)
  if (controller === null) throw new Error("no controller around this component")
  return controller
}
