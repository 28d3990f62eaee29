import { corrupt, type Members } from "./members.ts";
import { type ByteSource, readTarIndex, type TarMember } from "./tar_index.ts";

/** Links that are followed one after the other. */
const mostLinks = 10;

/**
 * Members of a tar, read in place by where they are. Links lead to other members of it, as the archives of `docker save`
 * have them for layers that are alike. Throws as {@link readTarIndex}.
 */
export async function openTarMembers(source: ByteSource, place: string): Promise<Members> {
  const index = await readTarIndex(source, place);
  const find = (name: string) => findFile(index, name, place);
  return {
    place,
    stat: async (name) => find(name)?.size,
    read: (name, span) => {
      const file = find(name);
      if (file === undefined) throw corrupt(place, `"${name}" is not there`);
      const { first, last } = span ?? { first: 0, last: file.size - 1 };
      return source.read({ first: file.offset + first, last: file.offset + Math.min(last, file.size - 1) });
    },
  };
}

function findFile(
  index: ReadonlyMap<string, TarMember>,
  name: string,
  place: string,
): Extract<TarMember, { kind: "file" }> | undefined {
  let at: string | undefined = name;
  for (let links = 0; links <= mostLinks; links++) {
    const member = index.get(at);
    if (member === undefined && links === 0) return undefined;
    switch (member?.kind) {
      case "file":
        return member;
      case "other":
        throw corrupt(place, `member "${at}" is a ${member.type}, expected a file`);
      case "link":
        at = member.target;
        if (at === undefined) throw corrupt(place, `member "${name}" is a link that leads out of it`);
        break;
      default:
        throw corrupt(place, `member "${name}" is a link to "${at}", which is not there`);
    }
  }
  throw corrupt(place, `member "${name}" is a link through more than ${mostLinks} others`);
}
