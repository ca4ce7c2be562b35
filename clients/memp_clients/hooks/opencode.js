// memp: hooks for opencode. `memp connect opencode --hooks` writes this file, `memp disconnect opencode` deletes it.
import { spawn, spawnSync } from "node:child_process"

const COMMAND = [] // the command that starts memp
const MOST = 20_000 // characters of an output or a prompt that are looked at, at each end
const WAIT = { start: 10_000, prompt: 20_000, tool: 10_000, end: 5_000 } // milliseconds

const cut = (text) => (text.length <= 2 * MOST ? text : `${text.slice(0, MOST)}\n${text.slice(-MOST)}`)
const call = (event) => [COMMAND[0], [...COMMAND.slice(1), "hook", "opencode", event]]

// What memp says, or nothing: whatever goes wrong in it is written to its own log.
function ask(event, payload) {
  return new Promise((resolve) => {
    const options = { stdio: ["pipe", "pipe", "ignore"], timeout: WAIT[event], windowsHide: true }
    const running = spawn(...call(event), options)
    let said = ""
    running.on("error", () => resolve(""))
    running.stdin.on("error", () => {})
    running.stdout.on("data", (data) => (said += data))
    running.on("close", () => {
      try {
        resolve(JSON.parse(said).text ?? "")
      } catch {
        resolve("")
      }
    })
    running.stdin.end(JSON.stringify(payload))
  })
}

export const Memp = async ({ directory }) => {
  const sessions = new Set() // those of a person, whose tasks are recorded
  const children = new Set() // those of subagents
  const about = (session) => ({ session_id: session, cwd: directory })
  const end = (session) => {
    if (!sessions.delete(session)) return
    const options = { input: JSON.stringify(about(session)), stdio: ["pipe", "ignore", "ignore"], timeout: WAIT.end }
    spawnSync(...call("end"), { ...options, windowsHide: true })
  }
  return {
    event: async ({ event }) => {
      const info = event.properties?.info
      if (event.type === "session.created" && info?.parentID) children.add(info.id)
      if (event.type === "session.deleted" && info?.id) end(info.id)
    },
    "chat.message": async ({ sessionID }, { message, parts }) => {
      const own = parts.filter((part) => part.type === "text" && !part.synthetic)
      if (children.has(sessionID) || !own.length) return
      const told = []
      if (!sessions.has(sessionID)) {
        sessions.add(sessionID)
        told.push(await ask("start", about(sessionID)))
      }
      const prompt = cut(own.map((part) => part.text).join("\n"))
      told.push(await ask("prompt", { ...about(sessionID), prompt, model: message.model?.modelID ?? "" }))
      const text = told.filter(Boolean).join("\n")
      const id = `${parts.at(-1).id}z` // It stands behind the person's words.
      if (text) parts.push({ id, sessionID, messageID: message.id, type: "text", text, synthetic: true })
    },
    "tool.execute.after": async ({ tool, sessionID, args }, result) => {
      if (!result?.metadata?.exit || typeof result.output !== "string") return
      const error = { error: cut(result.output), tool_name: tool, tool_input: { command: args?.command ?? "" } }
      const text = await ask("tool", { ...about(sessionID), ...error })
      if (text) result.output += `\n${text}`
    },
    dispose: async () => [...sessions].forEach(end),
  }
}
