//! The bytes of a result: all at once on all cores, or in order, some at a time, made ahead of who takes them.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::Kernel;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::mapping::{CHUNK, WINDOW};

/// Blocks that each thread makes ahead.
const AHEAD: usize = 2;

/// Threads that make bytes ahead: more only wait for who writes them. (Who writes waits for the disk more than it computes.)
const MAKERS: usize = 4;

/// Bytes that are made at a time: whole units.
fn chunk_of(kernel: &dyn Kernel) -> usize {
    let unit = kernel.unit().max(1);
    (CHUNK / unit).max(1) * unit
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Fills all of a result.
pub fn fill_all(kernel: &dyn Kernel, out: &mut [u8]) -> Result<()> {
    // Blocks go to threads in turn, so that no thread waits for one that has the harder part.
    let chunk = chunk_of(kernel);
    let blocks: Vec<(usize, &mut [u8])> = out.chunks_mut(chunk).enumerate().collect();
    let threads = cores().min(blocks.len()).max(1);
    let mut shares: Vec<Vec<(usize, &mut [u8])>> = (0..threads).map(|_| Vec::new()).collect();
    for (place, block) in blocks {
        if let Some(share) = shares.get_mut(place % threads) {
            share.push((place, block));
        }
    }
    let work = |share: Vec<(usize, &mut [u8])>| {
        for (place, block) in share {
            kernel.fill(place * chunk, block);
        }
    };
    let first = shares.pop().unwrap_or_default();
    std::thread::scope(|scope| {
        let started: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || work(share))).collect();
        work(first);
        started.into_iter().try_for_each(|thread| thread.join().map_err(|_| broke()))
    })
}

/// Hands a result of so many bytes to a consumer, in order.
pub fn each(kernel: &dyn Kernel, nbytes: usize, consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let chunk = chunk_of(kernel);
    let blocks = nbytes.div_ceil(chunk);
    let makers = cores().min(MAKERS).min(blocks);
    if makers < 2 {
        let mut block = vec![0; chunk.min(nbytes)];
        for start in (0..nbytes).step_by(chunk) {
            let part = block.get_mut(..chunk.min(nbytes - start)).unwrap_or_default();
            kernel.fill(start, part);
            consume(part)?;
        }
        return Ok(());
    }
    std::thread::scope(|scope| {
        let mut lanes = Vec::with_capacity(makers);
        for maker in 0..makers {
            let (made, taken) = sync_channel::<Vec<u8>>(AHEAD);
            let (back, again) = sync_channel::<Vec<u8>>(AHEAD + 1);
            scope.spawn(move || {
                for place in (maker..blocks).step_by(makers) {
                    let start = place * chunk;
                    if make(kernel, start, chunk.min(nbytes - start), &made, &again).is_none() {
                        break;
                    }
                }
            });
            lanes.push((taken, back));
        }
        let mut told = 0;
        for place in 0..blocks {
            while told < nbytes && told < place * chunk + 2 * WINDOW {
                kernel.foretell(told, WINDOW.min(nbytes - told));
                told += WINDOW;
            }
            let (taken, back) = lanes.get(place % makers).ok_or_else(broke)?;
            let block = taken.recv().map_err(|_| broke())?;
            consume(&block)?;
            // Who has ended takes nothing back.
            drop(back.try_send(block));
        }
        Ok(())
    })
}

/// Makes one block in memory that was used before, if there is some. None: nobody wants it.
fn make(
    kernel: &dyn Kernel,
    start: usize,
    length: usize,
    made: &SyncSender<Vec<u8>>,
    again: &Receiver<Vec<u8>>,
) -> Option<()> {
    let mut block = again.try_recv().unwrap_or_default();
    block.resize(length, 0);
    kernel.fill(start, &mut block);
    made.send(block).ok()
}

fn broke() -> Error {
    Error::runtime("a thread ended before its work was done")
}
