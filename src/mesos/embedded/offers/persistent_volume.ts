import { type Resource, Value_Type, Volume_Mode } from "../../protocol.ts";
import { EmbeddedAgentError } from "../embedded_error.ts";
import type { ResourceInit } from "../messages.ts";
import { idFaults } from "../rules/id_rules.ts";

/** A directory of the agent's that outlives the tasks that use it. Where a task has it is the task's affair. */
export interface PersistentVolume {
  id: string;
  role: string;
  /** Thousandths of a megabyte; a volume is never divided. */
  size: number;
}

/** A volume as a framework wants it. */
export interface VolumeRequest {
  id: string;
  /** Megabytes. */
  size: number;
  /** One name, in the sandbox. */
  containerPath: string;
  mode?: "rw" | "ro";
}

/** Volumes of different roles may have the same id. */
export function toVolumeKey({ role, id }: Pick<PersistentVolume, "role" | "id">): string {
  return `${role}/${id}`;
}

/** The volume that a disk resource is, or undefined when it is none; throws `invalid` for what a master would refuse. */
export function readVolume(resource: Resource): PersistentVolume | undefined {
  const { persistence, volume } = resource.disk ?? {};
  if (!persistence) return undefined;
  const refuse = (why: string): never => {
    throw new EmbeddedAgentError("invalid", `Cannot use persistent volume "${persistence.id}": ${why}`);
  };
  const { role = "" } = resource.reservations.at(-1) ?? {};
  const [fault] = idFaults("id", persistence.id);
  if (fault) refuse(fault);
  if (resource.name !== "disk" || resource.type !== Value_Type.SCALAR) refuse(`it is made of ${resource.name}`);
  if (role === "") refuse("its disk is not reserved");
  if (resource.reservations.length > 1) refuse("its reservation is refined, and this agent has no such roles");
  if (!volume) refuse("it has no volume");
  if (volume?.hostPath) refuse("its volume has a host_path");
  // What isolator filesystem/posix says when the task comes (contract B.3).
  if (!volume?.containerPath || volume.containerPath.includes("/")) {
    refuse(`its container_path is "${volume?.containerPath}", expected one name in the sandbox`);
  }
  return { id: persistence.id, role, size: Math.round((resource.scalar?.value ?? 0) * 1000) };
}

/** The resource that a framework launches with. */
export function writeVolume(request: VolumeRequest, role: string): ResourceInit {
  const { id, size, containerPath, mode = "rw" } = request;
  return {
    name: "disk",
    type: Value_Type.SCALAR,
    scalar: { value: size },
    reservations: [{ role }],
    allocationInfo: { role },
    disk: {
      persistence: { id },
      volume: { containerPath, mode: mode === "ro" ? Volume_Mode.RO : Volume_Mode.RW },
    },
  };
}
