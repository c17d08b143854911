//! The table of stages and their marks.

use std::fmt;

use super::stages::Stage;

/// The result of a stage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    Passed,
    Failed,
    NotTried,
}

/// The results of the stages, in order, and the reason if a stage failed.
#[derive(Debug, Default)]
pub struct Report {
    pub marks: Vec<(&'static str, Mark)>,
    /// The name of the failed stage and the sentence about it.
    pub failure: Option<String>,
}

impl Report {
    /// Adds the result of the next stage and returns its row. `None` means that the stage was not tried.
    pub fn add(&mut self, stage: &'static Stage, verdict: Option<Result<(), String>>) -> String {
        let mark = match verdict {
            None => Mark::NotTried,
            Some(Ok(())) => Mark::Passed,
            Some(Err(sentence)) => {
                self.failure = Some(format!("{}: {sentence}", stage.name));
                Mark::Failed
            }
        };
        self.marks.push((stage.name, mark));
        // Unlike a string, `Mark` ignores the width in a format.
        let mark = mark.to_string();
        format!(
            "  {:<15}  {mark:<9}  {:<32}  {}",
            stage.name, stage.about, stage.explained
        )
    }

    pub fn all_passed(&self) -> bool {
        self.count(Mark::Passed) == self.marks.len()
    }

    pub fn count(&self, mark: Mark) -> usize {
        self.marks.iter().filter(|(_, its)| *its == mark).count()
    }
}

impl fmt::Display for Report {
    /// Writes the sentence about the failed stage, if there is one, and the counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failure) = &self.failure {
            writeln!(f, "{failure}")?;
        }
        let [passed, failed, not_tried] =
            [Mark::Passed, Mark::Failed, Mark::NotTried].map(|mark| self.count(mark));
        write!(f, "check: {passed} passed, {failed} failed")?;
        match not_tried {
            0 => Ok(()),
            _ => write!(f, ", {not_tried} not tried"),
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mark::Passed => "passed",
            Mark::Failed => "failed",
            Mark::NotTried => "not tried",
        })
    }
}
