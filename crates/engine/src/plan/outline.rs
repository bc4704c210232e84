//! A plan for those who show it: each node once, what it computes, and who uses it.

use super::{FragmentId, Plan, RootId, explain::title};

/// A node of a plan, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOutline {
    /// Its number; larger than those of all that it reads.
    pub number: u32,
    /// What it computes.
    pub title: String,
    /// The numbers of the nodes that it reads.
    pub inputs: Vec<u32>,
    /// The fragment that it reads itself.
    pub fragment: Option<FragmentId>,
    /// The expressions that need it.
    pub roots: Vec<RootId>,
}

impl Plan {
    /// All nodes in the order of evaluation.
    pub fn outline(&self) -> Vec<NodeOutline> {
        let mut outline: Vec<NodeOutline> = (0..)
            .zip(&self.nodes)
            .map(|(number, node)| NodeOutline {
                number,
                title: title(&node.op),
                inputs: node.inputs.iter().map(|input| input.0).collect(),
                fragment: node.op.fragment(),
                roots: Vec::new(),
            })
            .collect();
        for (root, i) in self.roots.iter().zip(0..) {
            for node in &root.order {
                outline[node.0 as usize].roots.push(RootId(i));
            }
        }
        outline
    }

    /// The number of the node that has an expression's value.
    pub fn node_of(&self, root: RootId) -> u32 {
        self.root(root).node.0
    }
}
