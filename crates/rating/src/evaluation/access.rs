//! Who sees what of a result, and when. Before publication only the organisers see all; once the draft has been sent, those
//! concerned see their own; after publication everybody sees what the grants reach.

use store::{Actor, OrgId, OrganisationSet};

use policy::Capability;

use crate::case::{CaseAtWork, Variables};
use crate::directory::Directory;
use crate::http::failure::Failure;
use crate::http::visit::Visit;

use super::rows::{self, StoredEvaluation};

/// What somebody sees of one result.
#[derive(Debug, Clone)]
pub struct Sight {
    /// Organises it: everything, at any time.
    pub is_organiser: bool,
    /// Whether it is published.
    pub is_published: bool,
    /// Sees every row, and what is about the result as a whole.
    pub is_whole: bool,
    sets: Vec<OrganisationSet>,
}

impl Sight {
    /// `None`: it is as if it did not exist. `is_sent`: the draft has gone to those concerned.
    #[must_use]
    pub fn of(directory: &Directory, actor: &Actor, evaluation: &StoredEvaluation, is_sent: bool) -> Option<Self> {
        let (organiser, is_published) = (evaluation.organisation, evaluation.published_at.is_some());
        let is_organiser = organises(actor, organiser);
        let above = directory.org(organiser).map(|org| org.superiors.clone()).unwrap_or_default();
        let stands_below = |id: OrgId| directory.org(id).is_some_and(|org| org.superiors.contains(&organiser));
        let sets: Vec<OrganisationSet> = actor
            .grants_with(Capability::ViewEvaluations)
            .map(|grant| &grant.set)
            .filter(|set| set.case_id.is_none() || set.case_id == evaluation.case_id)
            .filter(|set| {
                let is_below = set.root.is_some_and(stands_below) || set.named.iter().any(|id| stands_below(*id));
                let reaches = is_below || set.everything || set.root.is_some_and(|root| root == organiser || above.contains(&root));
                // A line body asks about its field from outside the line of superiors; the superiors of the organiser wait.
                reaches && (is_published || (is_sent && (is_below || !set.fields.is_empty())))
            })
            .cloned()
            .collect();
        let spans = |set: &OrganisationSet| {
            set.everything || (set.fields.is_empty() && set.root.is_some_and(|root| root == organiser || above.contains(&root)))
        };
        let is_whole = is_organiser || sets.iter().any(spans);
        (is_organiser || !sets.is_empty()).then_some(Self { is_organiser, is_published, is_whole, sets })
    }

    /// Whether an organisation's row may be seen.
    #[must_use]
    pub fn sees(&self, directory: &Directory, organisation: OrgId, field: &str) -> bool {
        if self.is_organiser {
            return true;
        }
        let superiors = directory.org_ever(organisation).map_or(&[][..], |org| org.superiors.as_slice());
        self.sets.iter().any(|set| {
            set.everything
                || set.named.contains(&organisation)
                || set.root.is_some_and(|root| {
                    (root == organisation || superiors.contains(&root)) && (set.fields.is_empty() || set.fields.iter().any(|f| f == field))
                })
        })
    }
}

/// Whether somebody's office organises what this organisation organises.
#[must_use]
pub fn organises(actor: &Actor, organiser: OrgId) -> bool {
    actor
        .grants_with(Capability::OpenEvaluations)
        .any(|grant| grant.set.everything || (grant.set.root == Some(organiser) && grant.set.fields.is_empty()))
}

/// A result with its publication and what the visitor sees of it.
pub(super) struct Opened {
    pub evaluation: StoredEvaluation,
    pub work: CaseAtWork,
    pub sight: Sight,
    /// What the conditions of the publication ask about.
    pub variables: Variables,
}

/// Reads a result of a kind for a visitor.
pub(super) async fn opened(visit: &Visit, id: i64, kind: &str) -> Result<Opened, Failure> {
    let evaluation = rows::find(visit.app.store().reader(), id).await?.filter(|e| e.kind == kind).ok_or(Failure::NotFound)?;
    let work = CaseAtWork::read(&visit.app, evaluation.case_id.unwrap_or_default()).await?.ok_or(Failure::NotFound)?;
    let sight = Sight::of(&visit.app.directory(), visit.actor(), &evaluation, is_sent(&work)).ok_or(Failure::NotFound)?;
    let variables = super::publication::variables(&visit.app, visit.app.store().reader(), visit.actor(), &evaluation, &work).await?;
    Ok(Opened { evaluation, work, sight, variables })
}

/// Whether the draft has gone to those concerned and was not taken back.
pub(super) fn is_sent(work: &CaseAtWork) -> bool {
    work.procedure().and_then(|procedure| procedure.stages.first()).is_some_and(|first| first.key != work.case.stage)
}

/// Whether the result may still be calculated anew: not decided yet, so that the stage of publishing lies ahead.
pub(super) fn may_change(work: &CaseAtWork) -> bool {
    let stages = work.procedure().map(|procedure| procedure.stages.as_slice()).unwrap_or_default();
    let publishes = |stage: &policy::Stage| stage.actions.iter().any(|action| action.effects.contains(&policy::Effect::EvaluationPublish));
    let at = stages.iter().position(|stage| stage.key == work.case.stage);
    at.zip(stages.iter().position(publishes)).is_some_and(|(at, publishing)| at < publishing)
}

/// What of a publication somebody outside the organising office may see: the turns it took, and one's own part in it.
pub(super) fn own_part(mut work: CaseAtWork, actor: &Actor) -> CaseAtWork {
    let post = actor.post_line();
    let is_own = |act: &crate::case::Act| (act.acted_by.is_some() && act.acted_by == actor.person_id) || act.post == post;
    let own: Vec<i64> = work.acts.iter().filter(|act| is_own(act)).map(|act| act.id).collect();
    work.items.retain(|item| own.contains(&item.opened_in));
    let answers: Vec<i64> = work.items.iter().filter_map(|item| item.closed_in).collect();
    work.acts.retain(|act| own.contains(&act.id) || answers.contains(&act.id) || act.to_stage.is_some());
    for act in &mut work.acts {
        // One answer may speak to several at once; the objections it closes are not all the reader's own.
        if answers.contains(&act.id)
            && let Some(fields) = act.fields.as_object_mut()
        {
            fields.remove("answered");
        }
    }
    work
}
