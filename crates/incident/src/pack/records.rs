//! Which records a rule means: of a person, and of nobody knows whom.

use super::{
    chunk::Chunk,
    count::{Cause, Counting},
    judge::{Asked, Of},
    tree::{BLOCK, NO, Tree, UNKNOWN, YES},
};

impl Counting<'_> {
    /// Calls with the records of a person that a rule means, where it speaks for them and not against them; with some of
    /// them twice.
    pub(super) fn matching(
        &self,
        chunk: &Chunk,
        rule: &Asked<'_>,
        n: usize,
        call: &mut dyn FnMut(usize, u8),
    ) {
        let holds = || {
            let mut one = [NO];
            chunk.ask(self.answers, rule, n, &mut one);
            one != [NO]
        };
        match rule {
            Tree::Leaf(Of::Event(place)) => {
                let (leaf, said) = (&self.answers.leaves[*place], chunk.said(*place));
                for event in chunk.own(n).filter(|event| leaf.person && said[*event] != NO) {
                    call(chunk.events.start + event, said[event]);
                }
                chunk.sent(*place, n, call);
            }
            Tree::Leaf(Of::Cause(place)) if chunk.decided[*place][n] != NO => {
                self.matching(chunk, &self.causes[*place].rule, n, call);
            }
            Tree::All(all) if holds() => all.iter().for_each(|rule| self.matching(chunk, rule, n, call)),
            Tree::Any(all) => all.iter().for_each(|rule| self.matching(chunk, rule, n, call)),
            _ => {}
        }
    }

    /// Whether each event of nobody knows whom is one that a cause means.
    pub(super) fn single_of(&self, chunk: &Chunk, cause: &Cause<'_>, out: &mut [u8]) -> bool {
        let mut one = [NO; BLOCK];
        let one = &mut one[..out.len()];
        let mut asked = false;
        out.fill(NO);
        for rule in cause.confirmed.iter().chain([&cause.rule]) {
            if self.single(chunk, rule, one) {
                asked = true;
                out.iter_mut().zip(&*one).for_each(|(out, one)| *out = (*out).max(*one));
            }
        }
        asked
    }

    /// Whether each event of nobody knows whom is one that the rule means. Gives back whether the rule can be asked of one
    /// event at all.
    pub(super) fn single(&self, chunk: &Chunk, rule: &Asked<'_>, out: &mut [u8]) -> bool {
        let (all, none, choose): (_, _, fn(u8, u8) -> u8) = match rule {
            Tree::All(all) => (all, YES, u8::min),
            Tree::Any(all) => (all, NO, u8::max),
            Tree::Leaf(Of::Event(place)) => {
                let said = chunk
                    .said(*place)
                    .iter()
                    .map(|truth| if self.answers.leaves[*place].person { *truth } else { NO });
                out.iter_mut().zip(said).for_each(|(out, said)| *out = said);
                return true;
            }
            Tree::Leaf(Of::Cause(place)) => return self.single_of(chunk, &self.causes[*place], out),
            // It is a record of somebody.
            Tree::Leaf(Of::Always(YES)) => {
                out.fill(YES);
                return true;
            }
            Tree::Leaf(Of::Always(_) | Of::Person(_)) | Tree::Not(_) => return false,
        };
        out.fill(none);
        let mut one = [NO; BLOCK];
        let one = &mut one[..out.len()];
        let asked = all.iter().filter(|rule| {
            let asked = self.single(chunk, rule, one);
            if asked {
                out.iter_mut().zip(&*one).for_each(|(out, one)| *out = choose(*out, *one));
            }
            asked
        });
        let asked = asked.count();
        if asked < all.len() && matches!(rule, Tree::All(_)) {
            out.iter_mut().for_each(|out| *out = (*out).min(UNKNOWN));
        }
        asked > 0
    }
}
