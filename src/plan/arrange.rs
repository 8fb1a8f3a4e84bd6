//! Arranges cases on lanes: few appointments, every refusal before a step that controls it, everything in a fixed order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::lanes::{HOME, Supply, ahead, is_root, next, rank};
use super::settle::settle;
use super::{Act, Advance, Case, CaseIndex, CaseKind, Control, Lane, Plan, Role, Routes, StepCase, Target, Unplanned};
use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

/// Arranges the selected cases and the controls they need.
pub fn arrange(edition: Edition, cases: Vec<Case>, routes: Routes, supply: &Supply) -> Plan {
    let mut plan = Plan { edition, cases, lanes: Vec::new(), loose: Vec::new(), unplanned: BTreeMap::new(), routes };
    let mut arranger = Arranger::new(&mut plan, supply);
    arranger.choose();
    arranger.demand_controls();
    arranger.lead_on();
    arranger.build();
    arranger.build_riders();
    arranger.tour();
    arranger.loops();
    arranger.attach();
    arranger.finish();
    settle(&mut plan);
    plan
}

/// A step of a lane that has to happen somewhere.
#[derive(Debug, Clone, Copy)]
struct Item {
    case: Option<CaseIndex>,
    to: Fixture,
    certain: bool,
}

struct Arranger<'a> {
    plan: &'a mut Plan,
    supply: &'a Supply,
    /// Cases that take part: selected ones and controls.
    active: BTreeSet<CaseIndex>,
    /// Steps that leave a state, by state.
    items: BTreeMap<Fixture, Vec<Item>>,
    /// Accepted cases and probes that stay in a state.
    loops: Vec<(Fixture, CaseIndex, bool)>,
    /// Accepted cases and probes that fit any plain step.
    riders: Vec<(CaseIndex, bool)>,
    /// Probes from one status to another where no document limits the transitions.
    open: Vec<(Fixture, Fixture, CaseIndex)>,
    /// States that some refusal or look needs.
    wanted: BTreeSet<Fixture>,
}

impl<'a> Arranger<'a> {
    fn new(plan: &'a mut Plan, supply: &'a Supply) -> Self {
        Arranger {
            plan,
            supply,
            active: BTreeSet::new(),
            items: BTreeMap::new(),
            loops: Vec::new(),
            riders: Vec::new(),
            open: Vec::new(),
            wanted: BTreeSet::new(),
        }
    }

    /// Sorts the cases: which take part, and what each asks of a lane.
    fn choose(&mut self) {
        let by_id: BTreeMap<_, _> =
            self.plan.cases.iter().enumerate().map(|(index, case)| (case.head.id.clone(), index)).collect();
        let takes_part =
            |index: &CaseIndex| self.plan.stepwise(*index).is_some_and(|case| case.head.selected || case.carries);
        let mut queue: VecDeque<CaseIndex> = (0..self.plan.cases.len()).filter(takes_part).collect();
        while let Some(index) = queue.pop_front() {
            if let Some(why) = self.obstacle(index) {
                self.plan.unplanned.insert(index, why);
                continue;
            }
            if self.active.insert(index)
                && let Some(Control::Case(id)) = self.plan.stepwise(index).map(|case| &case.body.control)
                && let Some(control) = by_id.get(id)
            {
                queue.push_back(*control);
            }
        }
        for index in self.active.clone() {
            self.place(index);
        }
    }

    fn obstacle(&self, index: CaseIndex) -> Option<Unplanned> {
        let case = self.plan.stepwise(index)?;
        for need in &case.needs {
            if let Some(declared) = self.supply.lacks.get(need) {
                return Some(Unplanned::NotApplicable(declared.clone()));
            }
            if !self.supply.features.contains(need) {
                return Some(Unplanned::NotTested(format!("the target does not provide `{}`", need.name())));
            }
        }
        self.supply.without.get(&case.fixture).map(|declared| Unplanned::NotApplicable(declared.clone()))
    }

    fn place(&mut self, index: CaseIndex) {
        let Some(case) = self.plan.stepwise(index) else { return };
        if matches!(case.fixture, Fixture::None | Fixture::Unknown) {
            self.plan.loose.push(index);
            return;
        }
        let (to, certain) = match case.role {
            Role::Change { to, .. } => (to, true),
            Role::Probe { to } => (to, false),
            Role::Refusal | Role::Look => {
                if case.fixture != Fixture::Any {
                    self.wanted.insert(case.fixture);
                }
                return;
            }
        };
        match (case.fixture, to) {
            (Fixture::Any, Target::Next) => self.riders.push((index, certain)),
            (Fixture::Any, Target::State(Fixture::Any)) => self.loops.push((HOME, index, certain)),
            (Fixture::Any, Target::State(to)) => {
                let from = self.source_of(to);
                self.add(from, to, index, certain);
            }
            (from, Target::Next) => {
                let to = next(from, &self.plan.routes).unwrap_or(from);
                self.add(from, to, index, certain);
            }
            (from, Target::State(Fixture::Any)) => self.loops.push((from, index, certain)),
            (from, Target::State(to)) => self.add(from, to, index, certain),
        }
    }

    fn add(&mut self, from: Fixture, to: Fixture, index: CaseIndex, certain: bool) {
        if from == to {
            self.loops.push((from, index, certain));
        } else if self.plan.routes.open && !certain && from.status().is_some() && to.status().is_some() {
            self.open.push((from, to, index));
        } else {
            self.items.entry(from).or_default().push(Item { case: Some(index), to, certain });
        }
    }

    /// The state nearest to home from which one plain step leads to `to`.
    fn source_of(&self, to: Fixture) -> Fixture {
        let Some(status) = to.status() else { return HOME };
        let mut sources: Vec<Fixture> = self
            .plan
            .routes
            .documents
            .keys()
            .filter(|(_, end)| *end == status)
            .map(|(from, _)| Fixture::of(*from))
            .collect();
        sources.sort_by_key(|from| (*from != HOME, rank(*from)));
        sources.first().copied().unwrap_or(HOME)
    }

    /// Adds the plain steps that refusals need as controls and that no case provides.
    fn demand_controls(&mut self) {
        for index in self.active.clone() {
            let Some(case) = self.plan.stepwise(index) else { continue };
            if case.role != Role::Refusal {
                continue;
            }
            if matches!(case.fixture, Fixture::None | Fixture::Unknown) {
                // No request can follow on nothing: some documented PATCH has to be accepted elsewhere in the run.
                self.demand_anywhere(false);
                continue;
            }
            let stale = needs_earlier_version(case.body);
            match (&case.body.control, case.fixture) {
                (Control::Advance, Fixture::Any) => self.demand_anywhere(stale),
                (Control::Advance, state) => match next(state, &self.plan.routes) {
                    Some(to) => self.demand(state, to),
                    None => {
                        self.demand_twin(index);
                        if let Some(CaseKind::Exchange(body)) =
                            self.plan.cases.get_mut(index).map(|case| &mut case.kind)
                        {
                            body.control = Control::Twin;
                        }
                    }
                },
                (Control::Twin, _) => self.demand_twin(index),
                (Control::Case(_) | Control::Within, _) => {}
            }
        }
    }

    fn demand(&mut self, from: Fixture, to: Fixture) {
        let present = self.items.get(&from).is_some_and(|items| items.iter().any(|item| self.is_plain(item)));
        if !present {
            self.items.entry(from).or_default().push(Item { case: None, to, certain: true });
        }
    }

    fn demand_anywhere(&mut self, stale: bool) {
        let first = HOME;
        let Some(second) = next(first, &self.plan.routes) else { return };
        let plain_at =
            |state: &Fixture| self.items.get(state).is_some_and(|items| items.iter().any(|item| self.is_plain(item)));
        if stale {
            let later = self.items.keys().any(|state| !is_root(*state, &self.plan.routes) && plain_at(state));
            if !later && let Some(third) = next(second, &self.plan.routes) {
                self.demand(second, third);
            }
        } else if !self.items.keys().any(plain_at) {
            self.demand(first, second);
        }
    }

    /// The same value must be accepted somewhere else in the run, if the contract lets it be accepted at all.
    fn demand_twin(&mut self, index: CaseIndex) {
        let to = self.plan.stepwise(index).and_then(|case| status_sent(case.body));
        let accepted = |status: AppointmentStatus| self.plan.routes.documents.keys().any(|(_, end)| *end == status);
        let to = match to.filter(|status| accepted(*status)).or(next(HOME, &self.plan.routes).and_then(Fixture::status))
        {
            Some(to) => Fixture::of(to),
            None => return,
        };
        let present = self.items.values().flatten().any(|item| item.certain && item.to == to && self.is_plain(item));
        if !present {
            let from = self.source_of(to);
            self.items.entry(from).or_default().push(Item { case: None, to, certain: true });
        }
    }

    /// Whether a step is the plain documented request, so that a refusal before it differs by its defect alone.
    fn is_plain(&self, item: &Item) -> bool {
        item.case.is_none_or(|case| self.is_plain_case(case))
    }

    fn is_plain_case(&self, case: CaseIndex) -> bool {
        self.plan.stepwise(case).is_some_and(|case| matches!(case.role, Role::Change { plain: true, .. }))
    }

    /// Adds plain steps until every state is reached often enough: a minimum flow with lower bounds on a small graph.
    fn lead_on(&mut self) {
        let mut states: BTreeSet<Fixture> = self.items.keys().copied().collect();
        states.extend(self.wanted.iter().copied());
        states.extend(self.loops.iter().map(|(state, _, _)| *state));
        let mut order: Vec<Fixture> = states.into_iter().collect();
        order.extend(
            AppointmentStatus::ALL.map(Fixture::of).into_iter().filter(|state| ahead_of(*state, &self.plan.routes)),
        );
        order.sort_by_key(|state| std::cmp::Reverse(rank(*state)));
        order.dedup();
        for state in order {
            if is_root(state, &self.plan.routes) {
                continue;
            }
            let visits = self.wanted.contains(&state) || self.loops.iter().any(|(own, _, _)| *own == state);
            let leaving = self.items.get(&state).map_or(0, Vec::len);
            let arriving = self
                .items
                .iter()
                .filter(|(from, _)| rank(**from) < rank(state))
                .flat_map(|(_, items)| items)
                .filter(|item| item.to == state)
                .count();
            let missing = leaving.max(usize::from(visits)).saturating_sub(arriving);
            if missing > 0
                && let Some(from) = self.way_into(state)
            {
                let item = Item { case: None, to: state, certain: true };
                self.items.entry(from).or_default().extend(std::iter::repeat_n(item, missing));
            }
        }
    }

    /// The state before `state` on the shortest plain way from home.
    fn way_into(&self, state: Fixture) -> Option<Fixture> {
        let way = self.plan.routes.way(HOME.status()?, state.status()?)?;
        match way.len() {
            0 => None,
            1 => Some(HOME),
            steps => Some(Fixture::of(way[steps - 2])),
        }
    }

    /// Turns the steps into lives: always on towards the state with the most left to do.
    fn build(&mut self) {
        let mut rest: BTreeMap<Fixture, VecDeque<Item>> =
            self.items.iter().map(|(state, items)| (*state, items.iter().copied().collect())).collect();
        self.hand_out_riders(&mut rest);
        let mut roots: Vec<Fixture> = rest.keys().copied().collect();
        roots.extend(self.wanted.iter().copied());
        roots.extend(self.loops.iter().map(|(state, _, _)| *state));
        roots.retain(|state| is_root(*state, &self.plan.routes));
        roots.sort_by_key(|state| rank(*state));
        roots.dedup();
        for root in roots {
            let mut available = self.supply.of(root).unwrap_or(usize::MAX);
            let mut started = self.visited(root);
            while available > 0 && (!started || rest.get(&root).is_some_and(|items| !items.is_empty())) {
                let lane = live(root, &mut rest, &self.plan.routes);
                self.plan.lanes.push(lane);
                started = true;
                available -= 1;
            }
            for item in rest.remove(&root).into_iter().flatten() {
                self.give_up(item.case, root);
            }
        }
        let left: Vec<(Fixture, Item)> =
            rest.into_iter().flat_map(|(state, items)| items.into_iter().map(move |item| (state, item))).collect();
        for (state, item) in left {
            self.give_up(item.case, state);
        }
    }

    fn visited(&self, state: Fixture) -> bool {
        self.plan.lanes.iter().any(|lane| lane.acts.iter().any(|act| act.state == state))
    }

    fn give_up(&mut self, case: Option<CaseIndex>, state: Fixture) {
        let Some(case) = case else { return };
        let why = shortage(state, self.supply);
        self.plan.unplanned.insert(case, why);
    }

    /// Cases that control a refusal which needs an earlier version: they may not be the first step of a life.
    fn late(&self) -> BTreeSet<CaseIndex> {
        let stale = self.active.iter().filter_map(|index| self.plan.stepwise(*index));
        let controls: BTreeSet<_> = stale
            .filter(|case| needs_earlier_version(case))
            .filter_map(|case| match &case.body.control {
                Control::Case(id) => Some(id),
                Control::Advance | Control::Twin | Control::Within => None,
            })
            .collect();
        let own = |case: &StepCase| {
            matches!(case.role, Role::Change { .. } | Role::Probe { .. }) && needs_earlier_version(case)
        };
        let late = |index: &CaseIndex| {
            self.plan.stepwise(*index).is_some_and(|case| controls.contains(&case.head.id) || own(case.body))
        };
        (0..self.plan.cases.len()).filter(late).collect()
    }

    /// Riders that found no step get whole lives of their own, each as long as the usual one.
    fn build_riders(&mut self) {
        let mut riders: VecDeque<(CaseIndex, bool)> = std::mem::take(&mut self.riders).into();
        let late = self.late();
        let listed = self.supply.of(HOME).unwrap_or(usize::MAX);
        let begun = self.plan.lanes.iter().filter(|lane| lane.start == HOME).count();
        for _ in begun..listed {
            let mut lane = Lane { start: HOME, acts: Vec::new() };
            let mut state = HOME;
            while let Some(to) = next(state, &self.plan.routes) {
                let written = lane.acts.iter().any(writes);
                let suits = |(case, _): &(CaseIndex, bool)| written || !late.contains(case);
                let chosen = riders.iter().position(suits).and_then(|index| riders.remove(index));
                // A life that begins with a case that must not be first has a plain step in front.
                let Some((case, certain)) = chosen else {
                    if state == HOME && !riders.is_empty() {
                        lane.acts.push(Act {
                            state,
                            tries: Vec::new(),
                            advance: Advance::plain(state, to, &self.plan.routes),
                        });
                        state = to;
                        continue;
                    }
                    break;
                };
                lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::Case { case, to, certain } });
                state = to;
            }
            if lane.acts.is_empty() {
                break;
            }
            lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::End });
            self.plan.lanes.push(lane);
        }
        for (case, _) in riders {
            self.give_up(Some(case), HOME);
        }
    }

    /// Riders take the steps that belong to no case.
    fn hand_out_riders(&mut self, rest: &mut BTreeMap<Fixture, VecDeque<Item>>) {
        let mut riders: VecDeque<(CaseIndex, bool)> = self.riders.iter().copied().collect();
        let mut spoken_for = self.plain_steps_needed();
        let late = self.late();
        for (state, items) in rest.iter_mut() {
            if state.status().is_none() || riders.is_empty() {
                continue;
            }
            for item in items.iter_mut().filter(|item| item.case.is_none()) {
                let needed = spoken_for.entry((*state, item.to)).or_default();
                if *needed > 0 {
                    *needed -= 1;
                    continue;
                }
                let suits = |(case, _): &(CaseIndex, bool)| !late.contains(case);
                let chosen = riders.iter().position(suits).and_then(|index| riders.remove(index));
                if let Some((case, certain)) = chosen {
                    *item = Item { case: Some(case), to: item.to, certain };
                }
            }
        }
        self.riders = riders.into_iter().collect();
    }

    /// Plain steps without a case that are some refusal's only control: no rider may take them.
    fn plain_steps_needed(&self) -> BTreeMap<(Fixture, Fixture), usize> {
        let mut needed = BTreeMap::new();
        for (state, items) in &self.items {
            let has_case = items.iter().any(|item| item.case.is_some() && self.is_plain(item));
            if !has_case && let Some(item) = items.iter().find(|item| item.case.is_none()) {
                needed.insert((*state, item.to), 1);
            }
        }
        needed
    }

    /// Where any status may follow any other, probes are strung together, each starting where the one before may end.
    fn tour(&mut self) {
        /// Long enough to save appointments, short enough to run side by side.
        const LONGEST: usize = 10;
        let mut rest: BTreeMap<Fixture, VecDeque<(Fixture, CaseIndex)>> = BTreeMap::new();
        for (from, to, case) in &self.open {
            rest.entry(*from).or_default().push_back((*to, *case));
        }
        if !rest.is_empty() && self.supply.of(HOME) == Some(0) {
            for (_, case) in rest.into_values().flatten() {
                self.give_up(Some(case), HOME);
            }
            return;
        }
        while let Some(mut state) = rest.iter().max_by_key(|(_, out)| out.len()).map(|(state, _)| *state) {
            let mut lane = Lane { start: HOME, acts: Vec::new() };
            while lane.acts.len() < LONGEST {
                let Some(out) = rest.get_mut(&state) else { break };
                let Some((to, case)) = out.pop_front() else { break };
                if out.is_empty() {
                    rest.remove(&state);
                }
                lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::Case { case, to, certain: false } });
                state = to;
            }
            lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::End });
            self.plan.lanes.push(lane);
        }
    }

    /// Puts cases that stay in their state where an appointment passes, evenly.
    fn loops(&mut self) {
        let mut load: BTreeMap<(usize, Fixture), usize> = BTreeMap::new();
        for (state, case, certain) in self.loops.clone() {
            let passing = self
                .plan
                .lanes
                .iter()
                .enumerate()
                .filter(|(_, lane)| lane.acts.iter().any(|act| act.state == state))
                .map(|(index, _)| index)
                .min_by_key(|index| load.get(&(*index, state)).copied().unwrap_or(0));
            let Some(index) = passing else {
                self.give_up(Some(case), state);
                continue;
            };
            *load.entry((index, state)).or_default() += 1;
            let lane = &mut self.plan.lanes[index];
            let at = lane.acts.iter().rposition(|act| act.state == state).unwrap_or(0);
            let act = Act { state, tries: Vec::new(), advance: Advance::Case { case, to: state, certain } };
            lane.acts.insert(at, act);
        }
    }

    /// Gives every refusal and look the act that fits it and has the least to do.
    fn attach(&mut self) {
        for index in self.active.clone() {
            let Some(case) = self.plan.stepwise(index) else { continue };
            if !matches!(case.role, Role::Refusal | Role::Look)
                || matches!(case.fixture, Fixture::None | Fixture::Unknown)
            {
                continue;
            }
            let mut best: Option<((bool, usize), usize, usize)> = None;
            for (lane_index, lane) in self.plan.lanes.iter().enumerate() {
                // What changes nothing goes to the lives that the transitions need anyway.
                let aside = !lane.acts.iter().any(|act| self.is_plain_act(act));
                for (act_index, act) in lane.acts.iter().enumerate() {
                    let load = (aside, act.tries.len());
                    if best.is_none_or(|(least, _, _)| load < least) && self.fits(case.body, lane, act_index, act) {
                        best = Some((load, lane_index, act_index));
                    }
                }
            }
            match best {
                Some((_, lane, act)) => self.plan.lanes[lane].acts[act].tries.push(index),
                None => {
                    let state = case.fixture;
                    let why = if state == Fixture::Any {
                        shortage(HOME, self.supply)
                    } else if self.visited(state) {
                        Unplanned::NotTested(format!("no step from a {state} appointment can serve as its control"))
                    } else {
                        shortage(state, self.supply)
                    };
                    self.plan.unplanned.insert(index, why);
                }
            }
        }
    }

    fn is_plain_act(&self, act: &Act) -> bool {
        match act.advance {
            Advance::End => false,
            Advance::Plain { .. } => true,
            Advance::Case { case, .. } => self.is_plain_case(case),
        }
    }

    fn fits(&self, case: &StepCase, lane: &Lane, act_index: usize, act: &Act) -> bool {
        let state = case.fixture == act.state
            || (case.fixture == Fixture::Any
                && act.state.status().is_some_and(|status| ahead(status, &self.plan.routes) > 0));
        if !state || (needs_earlier_version(case) && !lane.acts[..act_index].iter().any(writes)) {
            return false;
        }
        if case.role == Role::Look {
            return true;
        }
        match (&case.control, &act.advance) {
            (Control::Advance, Advance::Plain { .. } | Advance::Case { .. }) => self.is_plain_act(act),
            (Control::Case(id), Advance::Case { case, .. }) => self.plan.cases[*case].head.id == *id,
            (Control::Twin, Advance::End) => true,
            (Control::Advance | Control::Case(_), Advance::End)
            | (Control::Case(_), Advance::Plain { .. })
            | (Control::Twin, Advance::Plain { .. } | Advance::Case { .. }) => false,
            (Control::Within, _) => false,
        }
    }

    /// Drops ends with nothing to do and lives in which nothing happens.
    fn finish(&mut self) {
        for lane in &mut self.plan.lanes {
            while lane.acts.last().is_some_and(|act| act.tries.is_empty() && act.advance == Advance::End) {
                lane.acts.pop();
            }
        }
        self.plan.lanes.retain(|lane| !lane.acts.is_empty());
        self.plan.loose.sort_unstable();
    }
}

fn ahead_of(state: Fixture, routes: &Routes) -> bool {
    state.status().is_some_and(|status| ahead(status, routes) > 0)
}

/// One life from a root to where nothing is left to do.
fn live(root: Fixture, rest: &mut BTreeMap<Fixture, VecDeque<Item>>, routes: &Routes) -> Lane {
    let mut lane = Lane { start: root, acts: Vec::new() };
    let mut state = root;
    loop {
        let left = |to: Fixture| rest.get(&to).map_or(0, VecDeque::len);
        let choice = rest.get(&state).and_then(|items| {
            (0..items.len()).max_by_key(|index| {
                let back = rank(items[*index].to) <= rank(state);
                (!back, left(items[*index].to), std::cmp::Reverse(*index))
            })
        });
        let item = choice.and_then(|index| rest.get_mut(&state).and_then(|items| items.remove(index)));
        let Some(item) = item else {
            lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::End });
            return lane;
        };
        let advance = match item.case {
            Some(case) => Advance::Case { case, to: item.to, certain: item.certain },
            None => Advance::plain(state, item.to, routes),
        };
        lane.acts.push(Act { state, tries: Vec::new(), advance });
        if rank(item.to) <= rank(state) {
            return lane;
        }
        state = item.to;
    }
}

fn writes(act: &Act) -> bool {
    match act.advance {
        Advance::End => false,
        Advance::Plain { .. } => true,
        Advance::Case { certain, .. } => certain,
    }
}

/// Whether a step of the case names the version before the current one, or repeats the last write.
pub fn needs_earlier_version(case: &StepCase) -> bool {
    matches!(case.steps.as_slice(), [step] if step.request.needs_earlier_version())
}

/// The status a refusal sends, where it sends one.
fn status_sent(case: &StepCase) -> Option<AppointmentStatus> {
    case.steps.last()?.request.status_set()
}

fn shortage(state: Fixture, supply: &Supply) -> Unplanned {
    Unplanned::NotTested(match supply.of(state) {
        Some(0) => format!(
            "needs an appointment in state `{state}`: the target lists none, and no request of this edition leads to it"
        ),
        Some(listed) => format!("needs one more appointment in state `{state}` than the {listed} the target lists"),
        None => format!("no plain step leads to or from `{state}` in this edition"),
    })
}
