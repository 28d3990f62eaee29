/** OCI distribution: the values that registries speak of, and one interface for all who hold, serve or fetch images. */

export { openArchive, toArchiveFile } from "./archive/archive_file.ts";
export type { LayerOptions } from "./archive/docker_layers.ts";
export {
  chooseDockerImage,
  type DockerArchiveImage,
  type DockerReader,
  type DockerReaderOptions,
  openDockerReader,
  readDockerImageId,
  readDockerImages,
} from "./archive/docker_reader.ts";
export { type DockerWriterOptions, openDockerWriter } from "./archive/docker_writer.ts";
export { folderMembers } from "./archive/folder_members.ts";
export { openFolderSink } from "./archive/folder_sink.ts";
export type { MemberSink } from "./archive/member_sink.ts";
export { type Members, noImages } from "./archive/members.ts";
export { type OciReader, openOciReader } from "./archive/oci_reader.ts";
export { type ArchiveWriter, openOciWriter } from "./archive/oci_writer.ts";
export { openSpool, type Spool, type SpoolOptions } from "./archive/spool.ts";
export { type ArchiveConsumer, openTarSink } from "./archive/tar_sink.ts";
export { Bandwidth } from "./bandwidth.ts";
export type { Clock as RegistryClock } from "./client/clock.ts";
export type { ProxyFor } from "./client/http/proxy.ts";
export type { ClientObserver } from "./client/observer.ts";
export {
  openRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from "./client/open_registry_client.ts";
export type { Quota } from "./client/quota.ts";
export type { MinimumRate } from "./client/rate_watch.ts";
export type { FindCredentials } from "./client/remembered_credentials.ts";
export { type RequestLimit, RequestLimits } from "./client/request_limits.ts";
export type { RetryPolicy } from "./client/retries.ts";
export type { Credentials } from "./client/token.ts";
export type { KeptSession, UploadSessions } from "./client/upload_sessions.ts";
export { allowList, isBelow } from "./filter/allow_list.ts";
export { withQuotas } from "./filter/quota.ts";
export type { Quotas } from "./filter/quota_room.ts";
export { readOnly } from "./filter/read_only.ts";
export { Allowance, type SparingOptions, sparing, sparingManifests } from "./filter/sparing.ts";
export { followIndexes, indexesAlone } from "./follow_indexes.ts";
export type { Durability } from "./layout/durable_file.ts";
export { type LayoutOptions, type LayoutRegistry, openLayoutRegistry } from "./layout/layout_registry.ts";
export { memoryRegistry } from "./memory/memory_registry.ts";
export { isBackupTemplate } from "./mirror/backup_tag.ts";
export {
  type BlobOutcome,
  type Copied,
  type CopyListener,
  type CopyOptions,
  copyImage,
} from "./mirror/copy_image.ts";
export type { DeletionRules, MirrorJob, MirrorOutcome, MirrorPlan, MirrorStep } from "./mirror/mirror_job.ts";
export { pickImage } from "./mirror/pick_image.ts";
export { type PlanOptions, planImage } from "./mirror/plan_image.ts";
export { measurePlan, planMirror } from "./mirror/plan_mirror.ts";
export type { Place } from "./mirror/presence.ts";
export { type RunOptions, runMirror } from "./mirror/run_mirror.ts";
export { SharedCopies } from "./mirror/shared_copies.ts";
export { chooseTags, isSemverRange, type TagChoice } from "./mirror/tag_choice.ts";
export { eachAtOnce } from "./mirror/work_list.ts";
export { withDefaultUpstream } from "./pull_through/default_upstream.ts";
export { isDiskFull } from "./pull_through/disk_full.ts";
export type { CacheLimit, Crowded, Evicted } from "./pull_through/eviction.ts";
export type { KeptUploads } from "./pull_through/kept_uploads.ts";
export { LastUses } from "./pull_through/last_uses.ts";
export type { Filled, Filling, PullThroughObserver } from "./pull_through/observer.ts";
export { type Pin, parsePin } from "./pull_through/pin.ts";
export {
  openPullThrough,
  type PullThroughOptions,
  type PullThroughRegistry,
  type UpstreamRoute,
} from "./pull_through/pull_through_registry.ts";
export { RememberedUploads } from "./pull_through/remembered_uploads.ts";
export type { Upstream } from "./pull_through/source.ts";
export type { TagPolicy } from "./pull_through/tag_policy.ts";
export type {
  BlobBody,
  BlobContent,
  CallOptions,
  ExpectedBlob,
  ListOptions,
  ManifestContent,
  MountOptions,
  MountResult,
  PushedManifest,
  PushManifestOptions,
  ReadManifestOptions,
  Registry,
  RegistryDeleter,
  RegistryLister,
  RegistryReader,
  RegistryWriter,
  Upload,
} from "./registry.ts";
export {
  ifThere,
  isAbsent,
  isRegistryError,
  RegistryError,
  type RegistryErrorCode,
  type RegistryErrorOptions,
  toStatus,
} from "./registry_error.ts";
export { renamedRegistry } from "./renamed_registry.ts";
export type { Converted } from "./schema2/conversions.ts";
export { type Schema2Options, type Schema2Registry, schema2 } from "./schema2/schema2_registry.ts";
export type { Answer } from "./server/answer.ts";
export type { Exchange, Served } from "./server/exchange.ts";
export { type ListenOptions, openRegistryServer, type RegistryServer } from "./server/open_registry_server.ts";
export { type BesideRequest, type ServeOptions, serveRegistry } from "./server/serve_registry.ts";
export { Slots } from "./slots.ts";
export type { Collected, GarbageOptions, PassedOver } from "./store/garbage.ts";
export type { RepositorySizes, TagSizes } from "./store/image_sizes.ts";
export type { KeptText } from "./store/kept_text.ts";
export type { ManifestChecks } from "./store/manifest_acceptance.ts";
export type { StoreOptions } from "./store/store_registry.ts";
export type { Usage } from "./store/usage.ts";
export { subRegistry } from "./sub_registry.ts";
export { unsupportedRegistry } from "./unsupported_registry.ts";
export { findArtifactFault, findContentFault } from "./values/artifact.ts";
export type { ByteRange, ByteSpan } from "./values/byte_range.ts";
export type { Descriptor } from "./values/descriptor.ts";
export {
  createDigester,
  type Digest,
  type DigestAlgorithm,
  type Digester,
  digestOf,
  isDigest,
  parseDigest,
} from "./values/digest.ts";
export { readConfigPlatform } from "./values/image_config.ts";
export { findReferenceHint, type ImageName, parseImageName } from "./values/image_name.ts";
export { isLoopback } from "./values/loopback.ts";
export {
  childrenOf,
  type ImageManifest,
  type IndexManifest,
  type Manifest,
  parseManifest,
} from "./values/manifest.ts";
export { acceptedManifests, layerPackingOf, mediaTypes } from "./values/media_type.ts";
export { isTag, tagRule } from "./values/name.ts";
export { containerdNameAnnotation, refNameAnnotation } from "./values/oci_layout.ts";
export {
  choosePlatform,
  describeUnfit,
  findPlatformFault,
  formatPlatform,
  listPlatforms,
  namedPlatforms,
  type Platform,
  parsePlatform,
  rankPlatform,
} from "./values/platform.ts";
export {
  formatFamiliar,
  formatReference,
  parseReference,
  type Reference,
  type ReferenceFault,
  ReferenceSyntaxError,
  withDefaultTag,
} from "./values/reference.ts";
export { containsScope, formatScope, parseScope, type Scope, unionScopes } from "./values/scope.ts";
