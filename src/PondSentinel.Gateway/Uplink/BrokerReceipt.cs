using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>A broker's PUBACK as a receipt, for <see cref="Delivery.Broker"/>. Pure.</summary>
internal static class BrokerReceipt
{
    /// <summary>Who settles: no backend's id. Where a backend settles again one day, the buffer forgets what this one said and
    /// goes by the backend's word alone.</summary>
    public const string By = "puback";

    /// <summary>A receipt for just these.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="records">Records.</param>
    /// <param name="events">Events.</param>
    public static Receipt Of(string epoch, SequenceRange? records, SequenceRange? events)
    {
        var (upTo, gaps) = Settled(records);
        return new Receipt
        {
            By = By,
            Generation = 0,
            Number = 0,
            Epoch = epoch,
            UpTo = upTo,
            Gaps = gaps,
            Events = events is null ? null : new EventReceipt(Settled(events).UpTo, Settled(events).Gaps),
        };
    }

    private static (long UpTo, IReadOnlyList<SequenceRange> Gaps) Settled(SequenceRange? range) => range switch
    {
        null => (-1, []),
        { First: 0 } all => (all.Last, []),
        { } some => (some.Last, [new SequenceRange(0, some.First - 1)]),
    };
}
