//! Verdicts on a token's names that were reached before: a token comes back many times, and is asked the same each time.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many verdicts are kept with a token.
const KEPT: usize = 4;

/// One question about a token's names, which has one answer for each token: told apart from every other one of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question(u64);

impl Question {
    /// Another one than all before.
    pub(crate) fn new() -> Self {
        // Not 0, which is no question's. Counting to the end of it would take a thousand years.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The last verdict in each place: the question's number, and the verdict in the lowest bit, in one word, so that no reader sees the
/// verdict on another question.
#[derive(Debug, Default)]
pub(super) struct Verdicts([AtomicU64; KEPT]);

impl Verdicts {
    /// The verdict on this question, if it is still known.
    #[inline]
    pub(super) fn get(&self, Question(number): Question) -> Option<bool> {
        let kept = self.0[number as usize % KEPT].load(Ordering::Relaxed);
        (kept >> 1 == number).then_some(kept & 1 == 1)
    }

    pub(super) fn keep(&self, Question(number): Question, verdict: bool) {
        let kept = number << 1 | u64::from(verdict);
        self.0[number as usize % KEPT].store(kept, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_that_on_this_question_or_none() {
        let verdicts = Verdicts::default();
        let questions: Vec<Question> = (0..100).map(|_| Question::new()).collect();
        for question in &questions {
            assert_eq!(verdicts.get(*question), None);
        }
        for (number, question) in questions.iter().enumerate() {
            let verdict = number % 3 == 0;
            verdicts.keep(*question, verdict);
            assert_eq!(verdicts.get(*question), Some(verdict));
            for (number, other) in questions[..number].iter().enumerate() {
                let kept = verdicts.get(*other);
                assert!(kept.is_none() || kept == Some(number % 3 == 0));
            }
        }
    }
}
