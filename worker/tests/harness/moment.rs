//! Where a run can be disturbed, and how.

use std::fmt;

use noc_simulator::{Cut, Effect};

/// A moment at which something leaves or enters an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) scope: Scope,
    pub(crate) site: Site,
}

/// What was under way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// A request to the object.
    Request,
    /// The alarm, before it has begun anything.
    Alarm,
    /// A step of a saga.
    Step { saga: String, step: String },
    /// The undo of a step.
    Undo { saga: String, step: String },
}

/// What was about to happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Site {
    /// The alarm is delivered.
    Alarm,
    /// The intent of an attempt is written.
    Intent,
    /// The outcome of an attempt is written.
    Outcome,
    /// Another entry is written.
    Entry(String),
    /// Something that is not in any log is written into the object's storage.
    Write(&'static str),
    /// The alarm is set, or taken back.
    SetAlarm,
    /// A provider is called.
    Call(String),
    /// A step calls the shared database.
    Database,
    /// The picture is sent to the shared database.
    Picture,
}

/// What happens there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Disturbance {
    /// The provider fails.
    Provider(Effect),
    /// The connection breaks at once, and the provider does the work so many milliseconds later.
    Late(u64),
    /// Whoever is called is away for so many milliseconds, from this call on.
    Away(i64),
    /// The write fails and is not done.
    Fail,
    /// The write is done, and fails.
    FailAfter,
    /// The object is lost before it happens.
    CrashBefore(Resume),
    /// The object is lost after it happened.
    CrashAfter(Resume),
    /// The object is lost, and the provider does the work so many milliseconds later.
    CrashLate(u64),
    /// Somebody asks for something before the answer is there.
    Meanwhile(Wish),
    /// The alarm is delivered twice.
    Twice,
    /// The alarm is delivered so many milliseconds late.
    Delayed(i64),
    /// The alarm is lost with the object.
    Lost,
}

/// What wakes an object that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resume {
    /// The platform delivers the alarm again that was running.
    Again,
    /// The alarm that the object has set for this case.
    Guard,
    /// Nothing but the next request.
    Nothing,
}

/// What somebody may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// A server of the same name.
    Deploy,
    /// That the server goes away.
    Destroy,
    /// That the newest run is undone.
    Cancel,
    /// That the newest run, which is stuck, goes on.
    Retry,
    /// That the server is made again what it should be.
    Repair,
    /// That the machine which is there becomes a server.
    Adopt,
    /// Nothing of NOC: somebody changes something at a provider, one of several things.
    Meddle(u8),
}

/// The provider takes longer than NOC waits.
const HANG_MS: u64 = 600_000;

/// Longer than any step or undo is tried.
const AWAY_MS: i64 = 3_600_000;

/// Less than any call is given, so that NOC still has to expect the work.
pub(crate) const LATE_MS: u64 = 20_000;

impl Moment {
    /// Whether a provider is called for something to go away.
    pub(crate) fn removes(&self) -> bool {
        let removes = match &self.scope {
            Scope::Undo { .. } => true,
            Scope::Step { saga, .. } => saga == "destroy",
            Scope::Request | Scope::Alarm => false,
        };
        removes && matches!(self.site, Site::Call(_))
    }
}

impl Site {
    /// Everything that can go wrong there.
    pub(crate) fn disturbances(&self) -> Vec<Disturbance> {
        use Disturbance::{
            Away, CrashAfter, CrashBefore, CrashLate, Delayed, Fail, FailAfter, Late, Lost, Meanwhile,
            Provider, Twice,
        };
        let crashes = [Resume::Again, Resume::Guard, Resume::Nothing]
            .into_iter()
            .flat_map(|resume| [CrashBefore(resume), CrashAfter(resume)]);
        let wishes = [Wish::Deploy, Wish::Destroy, Wish::Cancel].map(Meanwhile);
        let mut all: Vec<Disturbance> = match self {
            Self::Alarm => return vec![Twice, Delayed(300_000), Lost],
            Self::Intent | Self::Outcome | Self::Entry(_) | Self::Write(_) | Self::SetAlarm => vec![Fail],
            Self::Database | Self::Picture => vec![Fail, FailAfter, Away(AWAY_MS)],
            Self::Call(_) => vec![
                Provider(Effect::status(500)),
                Provider(Effect::status(503)),
                Provider(Effect::too_many(7)),
                Provider(Effect::Hang { hang_ms: HANG_MS, after: false }),
                Provider(Effect::Hang { hang_ms: HANG_MS, after: true }),
                Provider(Effect::cut(Cut::Before)),
                Provider(Effect::cut(Cut::After)),
                Late(LATE_MS),
                Away(AWAY_MS),
                Provider(self.refusal()),
                CrashLate(LATE_MS),
            ],
        };
        all.extend(crashes);
        if self.is_left() {
            all.extend(wishes);
        }
        all
    }

    /// One for each kind of harm that can be done there, for where all of them would be too many: what else can go wrong
    /// differs from these in its words, but leaves the same log and the same world behind.
    pub(crate) fn kinds_of_harm(&self) -> Vec<Disturbance> {
        use Disturbance::{CrashAfter, CrashBefore, Fail, Late, Meanwhile, Provider};
        let crash_before = CrashBefore(Resume::Again);
        let crash_after = CrashAfter(Resume::Again);
        match self {
            Self::Call(call) => {
                let mut all = vec![
                    Provider(Effect::status(500)),
                    Provider(self.refusal()),
                    crash_before,
                    Meanwhile(Wish::Destroy),
                    Meanwhile(Wish::Cancel),
                ];
                // Only what changes something leaves something behind that may be lost.
                if !call.contains(" GET ") {
                    all.extend([Provider(Effect::cut(Cut::After)), Late(LATE_MS), crash_after]);
                }
                all
            }
            Self::Database => vec![Fail, crash_after, Meanwhile(Wish::Destroy)],
            Self::Intent => vec![Fail, crash_after],
            Self::Outcome => vec![Fail, crash_before, crash_after],
            Self::Picture => vec![Fail, Meanwhile(Wish::Destroy)],
            Self::Entry(_) => vec![Fail, crash_after],
            Self::Alarm | Self::Write(_) | Self::SetAlarm => vec![],
        }
    }

    /// Whether the object waits there for somebody else, so that others get their turn.
    fn is_left(&self) -> bool {
        matches!(self, Self::Call(_) | Self::Database | Self::Picture)
    }

    /// What a provider says that will say the same again. Infisical's 401 and 403 can be about its own token, which is
    /// gone in an hour.
    fn refusal(&self) -> Effect {
        let infisical = matches!(self, Self::Call(call) if call.starts_with("infisical"));
        Effect::status(if infisical { 400 } else { 403 })
    }
}

impl Disturbance {
    /// The head of its column in the matrix.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::Provider(Effect::Status { status: 429, .. }) => "429",
            Self::Provider(Effect::Status { status: 500, .. }) => "500",
            Self::Provider(Effect::Status { status: 503, .. }) => "503",
            Self::Provider(Effect::Status { .. }) => "refused",
            Self::Provider(Effect::Hang { after: false, .. }) => "timeout",
            Self::Provider(Effect::Hang { after: true, .. }) => "timeout, done",
            Self::Provider(Effect::Cut { cut: Cut::Before }) => "cut before",
            Self::Provider(Effect::Cut { cut: Cut::After }) => "cut after",
            Self::Provider(Effect::Delay { .. }) => "slow",
            Self::Late(_) => "cut, done later",
            Self::Away(_) => "away for an hour",
            Self::Fail => "fails",
            Self::FailAfter => "done, fails",
            Self::CrashBefore(_) => "crash before",
            Self::CrashAfter(_) => "crash after",
            Self::CrashLate(_) => "crash, done later",
            Self::Meanwhile(Wish::Deploy) => "second deploy",
            Self::Meanwhile(Wish::Destroy) => "destroy",
            Self::Meanwhile(Wish::Cancel) => "cancel",
            Self::Meanwhile(Wish::Retry) => "retry",
            Self::Meanwhile(Wish::Repair) => "repair",
            Self::Meanwhile(Wish::Adopt) => "adopt",
            Self::Meanwhile(Wish::Meddle(_)) => "meddling",
            Self::Twice => "twice",
            Self::Delayed(_) => "late",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.scope, self.site)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => formatter.write_str("a request"),
            Self::Alarm => formatter.write_str("the alarm"),
            Self::Step { saga, step } => write!(formatter, "{saga}/{step}"),
            Self::Undo { saga, step } => write!(formatter, "{saga}/{step} undo"),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alarm => formatter.write_str("alarm"),
            Self::Intent => formatter.write_str("intent"),
            Self::Outcome => formatter.write_str("outcome"),
            Self::Entry(kind) => write!(formatter, "entry `{kind}`"),
            Self::Write(what) => write!(formatter, "write of {what}"),
            Self::SetAlarm => formatter.write_str("alarm set"),
            Self::Call(call) => formatter.write_str(call),
            Self::Database => formatter.write_str("database"),
            Self::Picture => formatter.write_str("picture"),
        }
    }
}
