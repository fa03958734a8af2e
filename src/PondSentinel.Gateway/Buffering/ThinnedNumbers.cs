using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What the thinned records found at an opening say of numbers: their own, and those that they stand for.</summary>
/// <param name="ledger">Learns of it.</param>
internal sealed class ThinnedNumbers(StreamLedger ledger)
{
    private readonly Dictionary<string, NumberBits> told = new(StringComparer.Ordinal);

    /// <summary>Takes note of a segment.</summary>
    /// <param name="segment">The segment, whose epochs are known.</param>
    public void Note(Segment segment)
    {
        foreach (var stretch in segment.Stretches)
        {
            if (!told.TryGetValue(stretch.Epoch, out var numbers))
            {
                told.Add(stretch.Epoch, numbers = new NumberBits());
            }

            foreach (var frame in segment.ReadForGood(stretch))
            {
                var replaced = ThinnedBody.ReplacedIn(frame);
                ledger.Thin(ledger.Known(stretch.Epoch), replaced);
                foreach (var number in replaced.Append(frame.Number))
                {
                    numbers.Add(number);
                }
            }
        }
    }

    /// <summary>The parts of a range that no thinned record speaks of.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="range">The range.</param>
    public IEnumerable<SequenceRange> Outside(string epoch, SequenceRange range) =>
        told.TryGetValue(epoch, out var numbers) ? numbers.Outside(range) : [range];
}
