//! Which nodes of a graph reach each other.

/// Sets of nodes that reach each other; a set comes after those that it reaches besides. `next`
/// tells the nodes that one points to. By Tarjan's algorithm, without recursion: rules may stand in
/// long chains.
pub(crate) fn components(n: usize, next: impl Fn(usize) -> Vec<usize>) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let (mut index, mut low) = (vec![UNSEEN; n], vec![UNSEEN; n]);
    let (mut open, mut is_open, mut found) = (Vec::new(), vec![false; n], Vec::new());
    let mut count = 0;
    for root in 0..n {
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut enter = (index[root] == UNSEEN).then_some(root);
        loop {
            if let Some(node) = enter.take() {
                (index[node], low[node]) = (count, count);
                count += 1;
                open.push(node);
                is_open[node] = true;
                path.push((node, next(node)));
            }
            let Some((node, rest)) = path.last_mut() else { break };
            let node = *node;
            match rest.pop() {
                Some(other) if index[other] == UNSEEN => enter = Some(other),
                Some(other) if is_open[other] => low[node] = low[node].min(index[other]),
                Some(_) => {}
                None => {
                    path.pop();
                    if let Some((parent, _)) = path.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                    if low[node] == index[node] {
                        let at = open.iter().rposition(|o| *o == node).expect("it is open");
                        let component = open.split_off(at);
                        for node in &component {
                            is_open[*node] = false;
                        }
                        found.push(component);
                    }
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(edges: &[&[usize]]) -> Vec<Vec<usize>> {
        let mut found = components(edges.len(), |node| edges[node].to_vec());
        for component in &mut found {
            component.sort_unstable();
        }
        found
    }

    #[test]
    fn what_is_read_comes_first_and_circles_are_one() {
        assert_eq!(of(&[&[1], &[2], &[]]), [vec![2], vec![1], vec![0]]);
        assert_eq!(of(&[&[0], &[2, 3], &[1], &[]]), [vec![0], vec![3], vec![1, 2]]);
        assert_eq!(of(&[&[1], &[2], &[0, 3], &[3]]), [vec![3], vec![0, 1, 2]]);
        assert_eq!(of(&[]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn chains_may_be_long() {
        let n = 100_000;
        let found = components(n, |node| if node + 1 < n { vec![node + 1] } else { vec![] });
        assert_eq!(found.len(), n);
    }
}
