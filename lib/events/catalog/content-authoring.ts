// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.
import { defineEvent, type EventDefinition } from '../event-definition.js';
import type { RecordType } from '../field-type.js';
import {
  boolean,
  courseKey,
  datetime,
  libraryCollectionKey,
  libraryContainerKey,
  libraryKey,
  libraryUsageKey,
  list,
  nullable,
  record,
  string,
  unsupported,
  usageKey,
  withDefault,
} from '../fields.js';
import type {
  CourseKey,
  LibraryCollectionKey,
  LibraryContainerKey,
  LibraryKey,
  LibraryUsageKey,
  UsageKey,
} from '../keys/index.js';

/** Data related to a course schedule. */
export interface CourseScheduleData {
  /** course start date. */
  start: string;
  /** 'instructor' or 'self'. */
  pacing: string;
  /** course end date (optional). */
  end: string | null;
  /** start of course enrollment (optional). */
  enrollment_start: string | null;
  /** end of course enrollment (optional). */
  enrollment_end: string | null;
}

/** CourseScheduleData as it is sent. */
export interface CourseScheduleDataInput {
  /** course start date. */
  start: string | Date;
  /** 'instructor' or 'self'. */
  pacing: string;
  /** course end date (optional). Default: null. */
  end?: string | Date | null | undefined;
  /** start of course enrollment (optional). Default: null. */
  enrollment_start?: string | Date | null | undefined;
  /** end of course enrollment (optional). Default: null. */
  enrollment_end?: string | Date | null | undefined;
}

/** The fields of CourseScheduleData, for records and events of your own. */
export const courseScheduleData: RecordType<CourseScheduleData, CourseScheduleDataInput> = record(
  'CourseScheduleData',
  {
    start: datetime(),
    pacing: string(),
    end: nullable(datetime()),
    enrollment_start: nullable(datetime()),
    enrollment_end: nullable(datetime()),
  },
);

/** Data related to a course catalog entry. */
export interface CourseCatalogData {
  /** identifier of the Course object. */
  course_key: CourseKey;
  /** course name. */
  name: string;
  /** scheduling information for the course. */
  schedule_data: CourseScheduleData;
  /** whether the course is hidden from search (optional). */
  hidden: boolean;
  /** whether the course requires an invitation to enroll. */
  invitation_only: boolean;
}

/** CourseCatalogData as it is sent. */
export interface CourseCatalogDataInput {
  /** identifier of the Course object. */
  course_key: string;
  /** course name. */
  name: string;
  /** scheduling information for the course. */
  schedule_data: CourseScheduleDataInput;
  /** whether the course is hidden from search (optional). Default: false. */
  hidden?: boolean | undefined;
  /** whether the course requires an invitation to enroll. Default: false. */
  invitation_only?: boolean | undefined;
}

/** The fields of CourseCatalogData, for records and events of your own. */
export const courseCatalogData: RecordType<CourseCatalogData, CourseCatalogDataInput> = record(
  'CourseCatalogData',
  {
    course_key: courseKey(),
    name: string(),
    schedule_data: courseScheduleData,
    hidden: withDefault(boolean(), false),
    invitation_only: withDefault(boolean(), false),
  },
);

/** Data related to an XBlock object. */
export interface XBlockData {
  /** identifier of the XBlock object. */
  usage_key: UsageKey;
  /** type of block. */
  block_type: string;
  /**
   * identifier of the XBlock object with branch and version data (optional). This could be used to
   * get the exact version of the XBlock object.
   */
  version: UsageKey | null;
}

/** XBlockData as it is sent. */
export interface XBlockDataInput {
  /** identifier of the XBlock object. */
  usage_key: string;
  /** type of block. */
  block_type: string;
  /**
   * identifier of the XBlock object with branch and version data (optional). This could be used to
   * get the exact version of the XBlock object. Default: null.
   */
  version?: string | null | undefined;
}

/** The fields of XBlockData, for records and events of your own. */
export const xBlockData: RecordType<XBlockData, XBlockDataInput> = record('XBlockData', {
  usage_key: usageKey(),
  block_type: string(),
  version: nullable(usageKey()),
});

/** Data related to an XBlock object that has been duplicated. */
export interface DuplicatedXBlockData {
  /** identifier of the XBlock object. */
  usage_key: UsageKey;
  /** type of block. */
  block_type: string;
  /**
   * identifier of the XBlock object with branch and version data (optional). This could be used to
   * get the exact version of the XBlock object.
   */
  version: UsageKey | null;
  /** identifier of the source XBlock object. */
  source_usage_key: UsageKey;
}

/** DuplicatedXBlockData as it is sent. */
export interface DuplicatedXBlockDataInput {
  /** identifier of the XBlock object. */
  usage_key: string;
  /** type of block. */
  block_type: string;
  /**
   * identifier of the XBlock object with branch and version data (optional). This could be used to
   * get the exact version of the XBlock object. Default: null.
   */
  version?: string | null | undefined;
  /** identifier of the source XBlock object. */
  source_usage_key: string;
}

/** The fields of DuplicatedXBlockData, for records and events of your own. */
export const duplicatedXBlockData: RecordType<DuplicatedXBlockData, DuplicatedXBlockDataInput> =
  record('DuplicatedXBlockData', {
    usage_key: usageKey(),
    block_type: string(),
    version: nullable(usageKey()),
    source_usage_key: usageKey(),
  });

/** Data related to a certificate signatory. Subset of CertificateSignatory object from the LMS. */
export interface CertificateSignatoryData {
  /** certificate signature image. Take care that the image field is BinaryIO. */
  image: unknown;
  /** name of signatory. */
  name: string;
  /** organization that signatory belongs to. */
  organization: string;
  /** signatory title. */
  title: string;
}

/** The fields of CertificateSignatoryData, for records and events of your own. */
export const certificateSignatoryData: RecordType<
  CertificateSignatoryData,
  CertificateSignatoryData
> = record('CertificateSignatoryData', {
  image: unsupported('typing.BinaryIO'),
  name: string(),
  organization: string(),
  title: string(),
});

/** Data related to a certificate configuration. Subset of CertificateConfig object from the LMS. */
export interface CertificateConfigData {
  /**
   * certificate type. Possible types are certificate relevant course modes: - credit, - verified, -
   * professional, - no-id-professional, - executive-education, - paid-executive-education, -
   * paid-bootcamp, - masters.
   */
  certificate_type: string;
  /** identifier of the Course object. */
  course_key: CourseKey;
  /** certificate title. */
  title: string;
  /** contains a collection of signatures that belong to the certificate configuration. */
  signatories: CertificateSignatoryData[];
  /** indicates whether the certifivate configuration is active. */
  is_active: boolean;
}

/** CertificateConfigData as it is sent. */
export interface CertificateConfigDataInput {
  /**
   * certificate type. Possible types are certificate relevant course modes: - credit, - verified, -
   * professional, - no-id-professional, - executive-education, - paid-executive-education, -
   * paid-bootcamp, - masters.
   */
  certificate_type: string;
  /** identifier of the Course object. */
  course_key: string;
  /** certificate title. */
  title: string;
  /**
   * contains a collection of signatures that belong to the certificate configuration. Default: [].
   */
  signatories?: readonly CertificateSignatoryData[] | undefined;
  /** indicates whether the certifivate configuration is active. Default: false. */
  is_active?: boolean | undefined;
}

/** The fields of CertificateConfigData, for records and events of your own. */
export const certificateConfigData: RecordType<CertificateConfigData, CertificateConfigDataInput> =
  record('CertificateConfigData', {
    certificate_type: string(),
    course_key: courseKey(),
    title: string(),
    signatories: withDefault(list(certificateSignatoryData), []),
    is_active: withDefault(boolean(), false),
  });

/** Data related to a course object. */
export interface CourseData {
  /** identifier of the Course object. */
  course_key: CourseKey;
}

/** CourseData as it is sent. */
export interface CourseDataInput {
  /** identifier of the Course object. */
  course_key: string;
}

/** The fields of CourseData, for records and events of your own. */
export const courseData: RecordType<CourseData, CourseDataInput> = record('CourseData', {
  course_key: courseKey(),
});

/** Data related to a content library that has changed. */
export interface ContentLibraryData {
  /** a key that represents a v2 content library. */
  library_key: LibraryKey;
  /**
   * DEPRECATED flag to indicate whether the content library blocks indexes should be updated. Now
   * we send individual events for each updated item instead.
   */
  update_blocks: boolean;
}

/** ContentLibraryData as it is sent. */
export interface ContentLibraryDataInput {
  /** a key that represents a v2 content library. */
  library_key: string;
  /**
   * DEPRECATED flag to indicate whether the content library blocks indexes should be updated. Now
   * we send individual events for each updated item instead. Default: false.
   */
  update_blocks?: boolean | undefined;
}

/** The fields of ContentLibraryData, for records and events of your own. */
export const contentLibraryData: RecordType<ContentLibraryData, ContentLibraryDataInput> = record(
  'ContentLibraryData',
  {
    library_key: libraryKey(),
    update_blocks: withDefault(boolean(), false),
  },
);

/** Data related to a library block that has changed. */
export interface LibraryBlockData {
  /** a key that represents a v2 content library. */
  library_key: LibraryKey;
  /** a key that represents a XBlock in a Blockstore-based content library. */
  usage_key: LibraryUsageKey;
}

/** LibraryBlockData as it is sent. */
export interface LibraryBlockDataInput {
  /** a key that represents a v2 content library. */
  library_key: string;
  /** a key that represents a XBlock in a Blockstore-based content library. */
  usage_key: string;
}

/** The fields of LibraryBlockData, for records and events of your own. */
export const libraryBlockData: RecordType<LibraryBlockData, LibraryBlockDataInput> = record(
  'LibraryBlockData',
  {
    library_key: libraryKey(),
    usage_key: libraryUsageKey(),
  },
);

/** Data related to a content object that has changed. */
export interface ContentObjectChangedData {
  /**
   * identifier of the Content object. This represents the id of the course or library block as a
   * string. For example: >>>
   * block-v1:SampleTaxonomyOrg2+STC1+2023_1+type@vertical+block@f8de78f0897049ce997777a3a31b6ea0
   */
  object_id: string;
  /** A list. Each item: a string. */
  changes: string[];
}

/** ContentObjectChangedData as it is sent. */
export interface ContentObjectChangedDataInput {
  /**
   * identifier of the Content object. This represents the id of the course or library block as a
   * string. For example: >>>
   * block-v1:SampleTaxonomyOrg2+STC1+2023_1+type@vertical+block@f8de78f0897049ce997777a3a31b6ea0
   */
  object_id: string;
  /** A list. Each item: a string. Default: []. */
  changes?: readonly string[] | undefined;
}

/** The fields of ContentObjectChangedData, for records and events of your own. */
export const contentObjectChangedData: RecordType<
  ContentObjectChangedData,
  ContentObjectChangedDataInput
> = record('ContentObjectChangedData', {
  object_id: string(),
  changes: withDefault(list(string()), []),
});

/** Data related to a content object. */
export interface ContentObjectData {
  /**
   * identifier of the Content object. This represents the id of the course or library block as a
   * string. For example: >>>
   * block-v1:SampleTaxonomyOrg2+STC1+2023_1+type@vertical+block@f8de78f0897049ce997777a3a31b6ea0
   */
  object_id: string;
}

/** The fields of ContentObjectData, for records and events of your own. */
export const contentObjectData: RecordType<ContentObjectData, ContentObjectData> = record(
  'ContentObjectData',
  {
    object_id: string(),
  },
);

/** Data related to a library collection that has changed. */
export interface LibraryCollectionData {
  /** identifies the collection within the library's learning package */
  collection_key: LibraryCollectionKey;
  /**
   * **DEPRECATED** field. Indicated the sender doesn't want to wait for handler to finish
   * execution. Now instead we recommend that simple handlers are synchronous and the _sender_ of
   * the event should send the event(s) from an async celery task if it is expected to result in a
   * lot of handlers being called.
   */
  background: boolean;
}

/** LibraryCollectionData as it is sent. */
export interface LibraryCollectionDataInput {
  /** identifies the collection within the library's learning package */
  collection_key: string;
  /**
   * **DEPRECATED** field. Indicated the sender doesn't want to wait for handler to finish
   * execution. Now instead we recommend that simple handlers are synchronous and the _sender_ of
   * the event should send the event(s) from an async celery task if it is expected to result in a
   * lot of handlers being called. Default: false.
   */
  background?: boolean | undefined;
}

/** The fields of LibraryCollectionData, for records and events of your own. */
export const libraryCollectionData: RecordType<LibraryCollectionData, LibraryCollectionDataInput> =
  record('LibraryCollectionData', {
    collection_key: libraryCollectionKey(),
    background: withDefault(boolean(), false),
  });

/** Data related to a library container that has changed. */
export interface LibraryContainerData {
  /** identifies the container (e.g.  unit, section) */
  container_key: LibraryContainerKey;
  /**
   * **DEPRECATED** field. Indicated the sender doesn't want to wait for handler to finish
   * execution. Now instead we recommend that simple handlers are synchronous and the _sender_ of
   * the event should send the event(s) from an async celery task if it is expected to result in a
   * lot of handlers being called.
   */
  background: boolean;
}

/** LibraryContainerData as it is sent. */
export interface LibraryContainerDataInput {
  /** identifies the container (e.g.  unit, section) */
  container_key: string;
  /**
   * **DEPRECATED** field. Indicated the sender doesn't want to wait for handler to finish
   * execution. Now instead we recommend that simple handlers are synchronous and the _sender_ of
   * the event should send the event(s) from an async celery task if it is expected to result in a
   * lot of handlers being called. Default: false.
   */
  background?: boolean | undefined;
}

/** The fields of LibraryContainerData, for records and events of your own. */
export const libraryContainerData: RecordType<LibraryContainerData, LibraryContainerDataInput> =
  record('LibraryContainerData', {
    container_key: libraryContainerKey(),
    background: withDefault(boolean(), false),
  });

/** The data of COURSE_CATALOG_INFO_CHANGED. */
export interface CourseCatalogInfoChanged {
  /** A CourseCatalogData. */
  catalog_info: CourseCatalogData;
}

/** CourseCatalogInfoChanged as it is sent. */
export interface CourseCatalogInfoChangedInput {
  /** A CourseCatalogData. */
  catalog_info: CourseCatalogDataInput;
}

/** Fired when a course changes in Studio in a way that is relevant for catalog consumers. */
export const COURSE_CATALOG_INFO_CHANGED: EventDefinition<
  'org.openedx.content_authoring.course.catalog_info.changed.v1',
  CourseCatalogInfoChanged,
  CourseCatalogInfoChangedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.course.catalog_info.changed.v1',
  data: { catalog_info: courseCatalogData },
});

/** The data of XBLOCK_CREATED. */
export interface XblockCreated {
  /** A XBlockData. */
  xblock_info: XBlockData;
}

/** XblockCreated as it is sent. */
export interface XblockCreatedInput {
  /** A XBlockData. */
  xblock_info: XBlockDataInput;
}

/** Fired when an XBlock is created. */
export const XBLOCK_CREATED: EventDefinition<
  'org.openedx.content_authoring.xblock.created.v1',
  XblockCreated,
  XblockCreatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.xblock.created.v1',
  data: { xblock_info: xBlockData },
});

/** The data of XBLOCK_UPDATED. */
export interface XblockUpdated {
  /** A XBlockData. */
  xblock_info: XBlockData;
}

/** XblockUpdated as it is sent. */
export interface XblockUpdatedInput {
  /** A XBlockData. */
  xblock_info: XBlockDataInput;
}

/** Fired when an XBlock is updated. */
export const XBLOCK_UPDATED: EventDefinition<
  'org.openedx.content_authoring.xblock.updated.v1',
  XblockUpdated,
  XblockUpdatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.xblock.updated.v1',
  data: { xblock_info: xBlockData },
});

/** The data of XBLOCK_PUBLISHED. */
export interface XblockPublished {
  /** A XBlockData. */
  xblock_info: XBlockData;
}

/** XblockPublished as it is sent. */
export interface XblockPublishedInput {
  /** A XBlockData. */
  xblock_info: XBlockDataInput;
}

/**
 * Fired when an XBlock is published. If a parent block with changes in one or more child blocks is
 * published, only a single XBLOCK_PUBLISHED event is fired with parent block details. For example:
 * If a section is published with changes in multiple units, only a single event is fired with
 * section details like : `XBlockData(usage_key="section-usage-key", block_type="chapter")`
 */
export const XBLOCK_PUBLISHED: EventDefinition<
  'org.openedx.content_authoring.xblock.published.v1',
  XblockPublished,
  XblockPublishedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.xblock.published.v1',
  data: { xblock_info: xBlockData },
});

/** The data of XBLOCK_DELETED. */
export interface XblockDeleted {
  /** A XBlockData. */
  xblock_info: XBlockData;
}

/** XblockDeleted as it is sent. */
export interface XblockDeletedInput {
  /** A XBlockData. */
  xblock_info: XBlockDataInput;
}

/** Fired when an XBlock is deleted. */
export const XBLOCK_DELETED: EventDefinition<
  'org.openedx.content_authoring.xblock.deleted.v1',
  XblockDeleted,
  XblockDeletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.xblock.deleted.v1',
  data: { xblock_info: xBlockData },
});

/** The data of XBLOCK_DUPLICATED. */
export interface XblockDuplicated {
  /** A DuplicatedXBlockData. */
  xblock_info: DuplicatedXBlockData;
}

/** XblockDuplicated as it is sent. */
export interface XblockDuplicatedInput {
  /** A DuplicatedXBlockData. */
  xblock_info: DuplicatedXBlockDataInput;
}

/** Fired when an XBlock is duplicated in Studio. */
export const XBLOCK_DUPLICATED: EventDefinition<
  'org.openedx.content_authoring.xblock.duplicated.v1',
  XblockDuplicated,
  XblockDuplicatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.xblock.duplicated.v1',
  data: { xblock_info: duplicatedXBlockData },
});

/** The data of COURSE_CERTIFICATE_CONFIG_CHANGED. */
export interface CourseCertificateConfigChanged {
  /** A CertificateConfigData. */
  certificate_config: CertificateConfigData;
}

/** CourseCertificateConfigChanged as it is sent. */
export interface CourseCertificateConfigChangedInput {
  /** A CertificateConfigData. */
  certificate_config: CertificateConfigDataInput;
}

/**
 * Fired when a course certificate configuration changes in Studio. It has no Avro schema, so it
 * cannot be sent.
 */
export const COURSE_CERTIFICATE_CONFIG_CHANGED: EventDefinition<
  'org.openedx.content_authoring.course.certificate_config.changed.v1',
  CourseCertificateConfigChanged,
  CourseCertificateConfigChangedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.course.certificate_config.changed.v1',
  data: { certificate_config: certificateConfigData },
});

/** The data of COURSE_CERTIFICATE_CONFIG_DELETED. */
export interface CourseCertificateConfigDeleted {
  /** A CertificateConfigData. */
  certificate_config: CertificateConfigData;
}

/** CourseCertificateConfigDeleted as it is sent. */
export interface CourseCertificateConfigDeletedInput {
  /** A CertificateConfigData. */
  certificate_config: CertificateConfigDataInput;
}

/**
 * Fired when a course certificate configuration deletes in Studio. It has no Avro schema, so it
 * cannot be sent.
 */
export const COURSE_CERTIFICATE_CONFIG_DELETED: EventDefinition<
  'org.openedx.content_authoring.course.certificate_config.deleted.v1',
  CourseCertificateConfigDeleted,
  CourseCertificateConfigDeletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.course.certificate_config.deleted.v1',
  data: { certificate_config: certificateConfigData },
});

/** The data of COURSE_CREATED. */
export interface CourseCreated {
  /** A CourseData. */
  course: CourseData;
}

/** CourseCreated as it is sent. */
export interface CourseCreatedInput {
  /** A CourseData. */
  course: CourseDataInput;
}

/** Emitted when a course is created. */
export const COURSE_CREATED: EventDefinition<
  'org.openedx.content_authoring.course.created.v1',
  CourseCreated,
  CourseCreatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.course.created.v1',
  data: { course: courseData },
});

/** The data of CONTENT_LIBRARY_CREATED. */
export interface ContentLibraryCreated {
  /** A ContentLibraryData. */
  content_library: ContentLibraryData;
}

/** ContentLibraryCreated as it is sent. */
export interface ContentLibraryCreatedInput {
  /** A ContentLibraryData. */
  content_library: ContentLibraryDataInput;
}

/** Emitted when a content library is created. */
export const CONTENT_LIBRARY_CREATED: EventDefinition<
  'org.openedx.content_authoring.content_library.created.v1',
  ContentLibraryCreated,
  ContentLibraryCreatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.created.v1',
  data: { content_library: contentLibraryData },
});

/** The data of CONTENT_LIBRARY_UPDATED. */
export interface ContentLibraryUpdated {
  /** A ContentLibraryData. */
  content_library: ContentLibraryData;
}

/** ContentLibraryUpdated as it is sent. */
export interface ContentLibraryUpdatedInput {
  /** A ContentLibraryData. */
  content_library: ContentLibraryDataInput;
}

/**
 * Emitted when a content library is updated, such as its name is changed. This is NOT sent when the
 * only changes are to items within the library, even though that affects the "last updated" and
 * potentially "last published" or "has unpublished changes" aspects of the library overall. To
 * detect those, subscribe to the detailed LIBRARY_* events.
 */
export const CONTENT_LIBRARY_UPDATED: EventDefinition<
  'org.openedx.content_authoring.content_library.updated.v1',
  ContentLibraryUpdated,
  ContentLibraryUpdatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.updated.v1',
  data: { content_library: contentLibraryData },
});

/** The data of CONTENT_LIBRARY_DELETED. */
export interface ContentLibraryDeleted {
  /** A ContentLibraryData. */
  content_library: ContentLibraryData;
}

/** ContentLibraryDeleted as it is sent. */
export interface ContentLibraryDeletedInput {
  /** A ContentLibraryData. */
  content_library: ContentLibraryDataInput;
}

/** Emitted when a content library is deleted. */
export const CONTENT_LIBRARY_DELETED: EventDefinition<
  'org.openedx.content_authoring.content_library.deleted.v1',
  ContentLibraryDeleted,
  ContentLibraryDeletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.deleted.v1',
  data: { content_library: contentLibraryData },
});

/** The data of LIBRARY_BLOCK_CREATED. */
export interface LibraryBlockCreated {
  /** A LibraryBlockData. */
  library_block: LibraryBlockData;
}

/** LibraryBlockCreated as it is sent. */
export interface LibraryBlockCreatedInput {
  /** A LibraryBlockData. */
  library_block: LibraryBlockDataInput;
}

/** Emitted when a library XBlock is created. */
export const LIBRARY_BLOCK_CREATED: EventDefinition<
  'org.openedx.content_authoring.library_block.created.v1',
  LibraryBlockCreated,
  LibraryBlockCreatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.library_block.created.v1',
  data: { library_block: libraryBlockData },
});

/** The data of LIBRARY_BLOCK_UPDATED. */
export interface LibraryBlockUpdated {
  /** A LibraryBlockData. */
  library_block: LibraryBlockData;
}

/** LibraryBlockUpdated as it is sent. */
export interface LibraryBlockUpdatedInput {
  /** A LibraryBlockData. */
  library_block: LibraryBlockDataInput;
}

/** Emitted when a library XBlock (draft) is updated. */
export const LIBRARY_BLOCK_UPDATED: EventDefinition<
  'org.openedx.content_authoring.library_block.updated.v1',
  LibraryBlockUpdated,
  LibraryBlockUpdatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.library_block.updated.v1',
  data: { library_block: libraryBlockData },
});

/** The data of LIBRARY_BLOCK_DELETED. */
export interface LibraryBlockDeleted {
  /** A LibraryBlockData. */
  library_block: LibraryBlockData;
}

/** LibraryBlockDeleted as it is sent. */
export interface LibraryBlockDeletedInput {
  /** A LibraryBlockData. */
  library_block: LibraryBlockDataInput;
}

/** Emitted when a library XBlock (draft) is deleted. */
export const LIBRARY_BLOCK_DELETED: EventDefinition<
  'org.openedx.content_authoring.library_block.deleted.v1',
  LibraryBlockDeleted,
  LibraryBlockDeletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.library_block.deleted.v1',
  data: { library_block: libraryBlockData },
});

/** The data of LIBRARY_BLOCK_PUBLISHED. */
export interface LibraryBlockPublished {
  /** A LibraryBlockData. */
  library_block: LibraryBlockData;
}

/** LibraryBlockPublished as it is sent. */
export interface LibraryBlockPublishedInput {
  /** A LibraryBlockData. */
  library_block: LibraryBlockDataInput;
}

/**
 * Emitted when a library XBlock is published. Also when a library block draft is deleted and then
 * the deletion is published.
 */
export const LIBRARY_BLOCK_PUBLISHED: EventDefinition<
  'org.openedx.content_authoring.library_block.published.v1',
  LibraryBlockPublished,
  LibraryBlockPublishedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.library_block.published.v1',
  data: { library_block: libraryBlockData },
});

/** The data of CONTENT_OBJECT_ASSOCIATIONS_CHANGED. */
export interface ContentObjectAssociationsChanged {
  /** A ContentObjectChangedData. */
  content_object: ContentObjectChangedData;
}

/** ContentObjectAssociationsChanged as it is sent. */
export interface ContentObjectAssociationsChangedInput {
  /** A ContentObjectChangedData. */
  content_object: ContentObjectChangedDataInput;
}

/** Emitted when an object's associations are changed, e.g tags, collections */
export const CONTENT_OBJECT_ASSOCIATIONS_CHANGED: EventDefinition<
  'org.openedx.content_authoring.content.object.associations.changed.v1',
  ContentObjectAssociationsChanged,
  ContentObjectAssociationsChangedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content.object.associations.changed.v1',
  data: { content_object: contentObjectChangedData },
});

/** The data of CONTENT_OBJECT_TAGS_CHANGED. */
export interface ContentObjectTagsChanged {
  /** A ContentObjectData. */
  content_object: ContentObjectData;
}

/** Emitted when an object's tags are changed. */
export const CONTENT_OBJECT_TAGS_CHANGED: EventDefinition<
  'org.openedx.content_authoring.content.object.tags.changed.v1',
  ContentObjectTagsChanged,
  ContentObjectTagsChanged
> = defineEvent({
  type: 'org.openedx.content_authoring.content.object.tags.changed.v1',
  data: { content_object: contentObjectData },
});

/** The data of LIBRARY_COLLECTION_CREATED. */
export interface LibraryCollectionCreated {
  /** A LibraryCollectionData. */
  library_collection: LibraryCollectionData;
}

/** LibraryCollectionCreated as it is sent. */
export interface LibraryCollectionCreatedInput {
  /** A LibraryCollectionData. */
  library_collection: LibraryCollectionDataInput;
}

/** Emitted when a content library collection is created. */
export const LIBRARY_COLLECTION_CREATED: EventDefinition<
  'org.openedx.content_authoring.content_library.collection.created.v1',
  LibraryCollectionCreated,
  LibraryCollectionCreatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.collection.created.v1',
  data: { library_collection: libraryCollectionData },
});

/** The data of LIBRARY_COLLECTION_UPDATED. */
export interface LibraryCollectionUpdated {
  /** A LibraryCollectionData. */
  library_collection: LibraryCollectionData;
}

/** LibraryCollectionUpdated as it is sent. */
export interface LibraryCollectionUpdatedInput {
  /** A LibraryCollectionData. */
  library_collection: LibraryCollectionDataInput;
}

/** Emitted when when a content library collection is updated. */
export const LIBRARY_COLLECTION_UPDATED: EventDefinition<
  'org.openedx.content_authoring.content_library.collection.updated.v1',
  LibraryCollectionUpdated,
  LibraryCollectionUpdatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.collection.updated.v1',
  data: { library_collection: libraryCollectionData },
});

/** The data of LIBRARY_COLLECTION_DELETED. */
export interface LibraryCollectionDeleted {
  /** A LibraryCollectionData. */
  library_collection: LibraryCollectionData;
}

/** LibraryCollectionDeleted as it is sent. */
export interface LibraryCollectionDeletedInput {
  /** A LibraryCollectionData. */
  library_collection: LibraryCollectionDataInput;
}

/** Emitted when an when a content library collection is deleted. */
export const LIBRARY_COLLECTION_DELETED: EventDefinition<
  'org.openedx.content_authoring.content_library.collection.deleted.v1',
  LibraryCollectionDeleted,
  LibraryCollectionDeletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.collection.deleted.v1',
  data: { library_collection: libraryCollectionData },
});

/** The data of LIBRARY_CONTAINER_CREATED. */
export interface LibraryContainerCreated {
  /** A LibraryContainerData. */
  library_container: LibraryContainerData;
}

/** LibraryContainerCreated as it is sent. */
export interface LibraryContainerCreatedInput {
  /** A LibraryContainerData. */
  library_container: LibraryContainerDataInput;
}

/** Emitted when a content library container is created. */
export const LIBRARY_CONTAINER_CREATED: EventDefinition<
  'org.openedx.content_authoring.content_library.container.created.v1',
  LibraryContainerCreated,
  LibraryContainerCreatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.container.created.v1',
  data: { library_container: libraryContainerData },
});

/** The data of LIBRARY_CONTAINER_UPDATED. */
export interface LibraryContainerUpdated {
  /** A LibraryContainerData. */
  library_container: LibraryContainerData;
}

/** LibraryContainerUpdated as it is sent. */
export interface LibraryContainerUpdatedInput {
  /** A LibraryContainerData. */
  library_container: LibraryContainerDataInput;
}

/** Emitted when when a content library container is updated. */
export const LIBRARY_CONTAINER_UPDATED: EventDefinition<
  'org.openedx.content_authoring.content_library.container.updated.v1',
  LibraryContainerUpdated,
  LibraryContainerUpdatedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.container.updated.v1',
  data: { library_container: libraryContainerData },
});

/** The data of LIBRARY_CONTAINER_DELETED. */
export interface LibraryContainerDeleted {
  /** A LibraryContainerData. */
  library_container: LibraryContainerData;
}

/** LibraryContainerDeleted as it is sent. */
export interface LibraryContainerDeletedInput {
  /** A LibraryContainerData. */
  library_container: LibraryContainerDataInput;
}

/** Emitted when an when a content library container is deleted. */
export const LIBRARY_CONTAINER_DELETED: EventDefinition<
  'org.openedx.content_authoring.content_library.container.deleted.v1',
  LibraryContainerDeleted,
  LibraryContainerDeletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.container.deleted.v1',
  data: { library_container: libraryContainerData },
});

/** The data of LIBRARY_CONTAINER_PUBLISHED. */
export interface LibraryContainerPublished {
  /** A LibraryContainerData. */
  library_container: LibraryContainerData;
}

/** LibraryContainerPublished as it is sent. */
export interface LibraryContainerPublishedInput {
  /** A LibraryContainerData. */
  library_container: LibraryContainerDataInput;
}

/**
 * Emitted when a library container is published. Also when a library container draft is deleted and
 * then the deletion is published.
 */
export const LIBRARY_CONTAINER_PUBLISHED: EventDefinition<
  'org.openedx.content_authoring.content_library.container.published.v1',
  LibraryContainerPublished,
  LibraryContainerPublishedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.content_library.container.published.v1',
  data: { library_container: libraryContainerData },
});

/** The data of COURSE_IMPORT_COMPLETED. */
export interface CourseImportCompleted {
  /** A CourseData. */
  course: CourseData;
}

/** CourseImportCompleted as it is sent. */
export interface CourseImportCompletedInput {
  /** A CourseData. */
  course: CourseDataInput;
}

/** Fired after a course is imported */
export const COURSE_IMPORT_COMPLETED: EventDefinition<
  'org.openedx.content_authoring.course.import.completed.v1',
  CourseImportCompleted,
  CourseImportCompletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.course.import.completed.v1',
  data: { course: courseData },
});

/** The data of COURSE_RERUN_COMPLETED. */
export interface CourseRerunCompleted {
  /** A CourseData. */
  course: CourseData;
}

/** CourseRerunCompleted as it is sent. */
export interface CourseRerunCompletedInput {
  /** A CourseData. */
  course: CourseDataInput;
}

/** Fired after a course is re-run */
export const COURSE_RERUN_COMPLETED: EventDefinition<
  'org.openedx.content_authoring.course.rerun.completed.v1',
  CourseRerunCompleted,
  CourseRerunCompletedInput
> = defineEvent({
  type: 'org.openedx.content_authoring.course.rerun.completed.v1',
  data: { course: courseData },
});

/** The events of the subdomain, by type. */
export interface ContentAuthoringEvents {
  /** Fired when a course changes in Studio in a way that is relevant for catalog consumers. */
  'org.openedx.content_authoring.course.catalog_info.changed.v1': typeof COURSE_CATALOG_INFO_CHANGED;
  /** Fired when an XBlock is created. */
  'org.openedx.content_authoring.xblock.created.v1': typeof XBLOCK_CREATED;
  /** Fired when an XBlock is updated. */
  'org.openedx.content_authoring.xblock.updated.v1': typeof XBLOCK_UPDATED;
  /**
   * Fired when an XBlock is published. If a parent block with changes in one or more child blocks
   * is published, only a single XBLOCK_PUBLISHED event is fired with parent block details. For
   * example: If a section is published with changes in multiple units, only a single event is fired
   * with section details like : `XBlockData(usage_key="section-usage-key", block_type="chapter")`
   */
  'org.openedx.content_authoring.xblock.published.v1': typeof XBLOCK_PUBLISHED;
  /** Fired when an XBlock is deleted. */
  'org.openedx.content_authoring.xblock.deleted.v1': typeof XBLOCK_DELETED;
  /** Fired when an XBlock is duplicated in Studio. */
  'org.openedx.content_authoring.xblock.duplicated.v1': typeof XBLOCK_DUPLICATED;
  /** Fired when a course certificate configuration changes in Studio. */
  'org.openedx.content_authoring.course.certificate_config.changed.v1': typeof COURSE_CERTIFICATE_CONFIG_CHANGED;
  /** Fired when a course certificate configuration deletes in Studio. */
  'org.openedx.content_authoring.course.certificate_config.deleted.v1': typeof COURSE_CERTIFICATE_CONFIG_DELETED;
  /** Emitted when a course is created. */
  'org.openedx.content_authoring.course.created.v1': typeof COURSE_CREATED;
  /** Emitted when a content library is created. */
  'org.openedx.content_authoring.content_library.created.v1': typeof CONTENT_LIBRARY_CREATED;
  /**
   * Emitted when a content library is updated, such as its name is changed. This is NOT sent when
   * the only changes are to items within the library, even though that affects the "last updated"
   * and potentially "last published" or "has unpublished changes" aspects of the library overall.
   * To detect those, subscribe to the detailed LIBRARY_* events.
   */
  'org.openedx.content_authoring.content_library.updated.v1': typeof CONTENT_LIBRARY_UPDATED;
  /** Emitted when a content library is deleted. */
  'org.openedx.content_authoring.content_library.deleted.v1': typeof CONTENT_LIBRARY_DELETED;
  /** Emitted when a library XBlock is created. */
  'org.openedx.content_authoring.library_block.created.v1': typeof LIBRARY_BLOCK_CREATED;
  /** Emitted when a library XBlock (draft) is updated. */
  'org.openedx.content_authoring.library_block.updated.v1': typeof LIBRARY_BLOCK_UPDATED;
  /** Emitted when a library XBlock (draft) is deleted. */
  'org.openedx.content_authoring.library_block.deleted.v1': typeof LIBRARY_BLOCK_DELETED;
  /**
   * Emitted when a library XBlock is published. Also when a library block draft is deleted and then
   * the deletion is published.
   */
  'org.openedx.content_authoring.library_block.published.v1': typeof LIBRARY_BLOCK_PUBLISHED;
  /** Emitted when an object's associations are changed, e.g tags, collections */
  'org.openedx.content_authoring.content.object.associations.changed.v1': typeof CONTENT_OBJECT_ASSOCIATIONS_CHANGED;
  /** Emitted when an object's tags are changed. */
  'org.openedx.content_authoring.content.object.tags.changed.v1': typeof CONTENT_OBJECT_TAGS_CHANGED;
  /** Emitted when a content library collection is created. */
  'org.openedx.content_authoring.content_library.collection.created.v1': typeof LIBRARY_COLLECTION_CREATED;
  /** Emitted when when a content library collection is updated. */
  'org.openedx.content_authoring.content_library.collection.updated.v1': typeof LIBRARY_COLLECTION_UPDATED;
  /** Emitted when an when a content library collection is deleted. */
  'org.openedx.content_authoring.content_library.collection.deleted.v1': typeof LIBRARY_COLLECTION_DELETED;
  /** Emitted when a content library container is created. */
  'org.openedx.content_authoring.content_library.container.created.v1': typeof LIBRARY_CONTAINER_CREATED;
  /** Emitted when when a content library container is updated. */
  'org.openedx.content_authoring.content_library.container.updated.v1': typeof LIBRARY_CONTAINER_UPDATED;
  /** Emitted when an when a content library container is deleted. */
  'org.openedx.content_authoring.content_library.container.deleted.v1': typeof LIBRARY_CONTAINER_DELETED;
  /**
   * Emitted when a library container is published. Also when a library container draft is deleted
   * and then the deletion is published.
   */
  'org.openedx.content_authoring.content_library.container.published.v1': typeof LIBRARY_CONTAINER_PUBLISHED;
  /** Fired after a course is imported */
  'org.openedx.content_authoring.course.import.completed.v1': typeof COURSE_IMPORT_COMPLETED;
  /** Fired after a course is re-run */
  'org.openedx.content_authoring.course.rerun.completed.v1': typeof COURSE_RERUN_COMPLETED;
}
