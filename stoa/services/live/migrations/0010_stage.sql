-- What an organization allows on its stages; providers null means all that the platform has.
create table live.stage_policies (
    organization_id uuid not null primary key,
    providers text[],
    may_guests_speak boolean not null,
    may_guests_be_recorded boolean not null,
    guest_recording_age int not null,
    keep_recordings_days int not null,
    version int not null default 1
);
select kit.organization_table('live.stage_policies');

-- The audio and video of a class: which conference server, and what it last told of the room.
create table live.stages (
    organization_id uuid not null,
    class_id uuid not null,
    provider text not null default '',
    playlist text not null default '',
    may_audience_speak boolean not null default false,
    state text not null default 'closed',
    session text not null default '',
    told_at timestamptz,
    version int not null default 1,
    primary key (organization_id, class_id)
);
select kit.organization_table('live.stages');

-- That somebody came onto the stage or left it, as the conference server told it: a mark told twice is one row.
create table live.stage_marks (
    organization_id uuid not null,
    class_id uuid not null,
    participant_id uuid not null,
    at timestamptz not null,
    is_on boolean not null,
    primary key (organization_id, class_id, participant_id, at, is_on)
);
select kit.organization_table('live.stage_marks');

-- Digests of the reports that were taken, kept for longer than an old report is believed.
create table live.stage_reports (
    report_key bytea primary key,
    at timestamptz not null
);
create index stage_reports_by_age on live.stage_reports (at);
select kit.local_table('live.stage_reports');

create table live.recordings (
    organization_id uuid not null,
    class_id uuid not null,
    recording_id uuid not null,
    provider text not null,
    state text not null,
    audience text not null default 'nobody',
    started_by uuid,
    started_at timestamptz not null,
    ended_at timestamptz,
    delete_at timestamptz,
    deleted_at timestamptz,
    deleted_because text not null default '',
    version int not null default 1,
    primary key (organization_id, class_id, recording_id)
);
create unique index recordings_on on live.recordings (organization_id, class_id)
    where state in ('recording', 'paused');
select kit.organization_table('live.recordings');

create table live.recording_files (
    organization_id uuid not null,
    class_id uuid not null,
    recording_id uuid not null,
    file_id text not null,
    status text not null,
    key text not null default '',
    address text not null default '',
    size_bytes bigint not null default 0,
    started_at timestamptz,
    ended_at timestamptz,
    problem text not null default '',
    primary key (organization_id, class_id, file_id)
);
create index recording_files_of on live.recording_files (organization_id, class_id, recording_id);
select kit.organization_table('live.recording_files');

-- That recording began, paused, went on or ended.
create table live.recording_marks (
    organization_id uuid not null,
    class_id uuid not null,
    recording_id uuid not null,
    at timestamptz not null,
    is_on boolean not null,
    primary key (organization_id, class_id, recording_id, at, is_on)
);
select kit.organization_table('live.recording_marks');

-- Every word that somebody gave or took back about being recorded; the last one counts.
create table live.recording_consents (
    organization_id uuid not null,
    class_id uuid not null,
    participant_id uuid not null,
    consent_id uuid not null,
    agrees boolean not null,
    is_of_age boolean not null,
    at timestamptz not null,
    primary key (organization_id, class_id, participant_id, consent_id)
);
select kit.organization_table('live.recording_consents');

-- Who watched a recording, which is not having been there.
create table live.recording_viewings (
    organization_id uuid not null,
    class_id uuid not null,
    recording_id uuid not null,
    user_id uuid not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    times int not null default 1,
    primary key (organization_id, class_id, recording_id, user_id)
);
select kit.organization_table('live.recording_viewings');

-- When something is to be done with a recording, for those who know no organization: settle its files, or delete it.
create table live.recording_dues (
    recording_id uuid not null,
    kind text not null,
    organization_id uuid not null,
    class_id uuid not null,
    due_at timestamptz not null,
    primary key (recording_id, kind)
);
create index recording_dues_by_time on live.recording_dues (due_at);
select kit.local_table('live.recording_dues');
