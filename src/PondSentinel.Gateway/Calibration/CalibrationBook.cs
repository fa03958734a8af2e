using PondSentinel.Calibration;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Which calibration is in force for which channel. Thread-safe: the workers of the buses ask, whoever calibrates adds.
/// </summary>
internal sealed class CalibrationBook
{
    private readonly Lock gate = new();
    private readonly CalibrationStore store;
    private volatile IReadOnlyDictionary<string, CalibrationInForce> inForce;
    private volatile IReadOnlyList<CalibratedChannel> channels;

    /// <summary>Makes the book of a gateway.</summary>
    /// <param name="store">Its records. From now on only the book adds to it.</param>
    /// <param name="channels">Its channels.</param>
    public CalibrationBook(CalibrationStore store, IReadOnlyList<CalibratedChannel> channels)
    {
        this.store = store;
        this.channels = channels;
        inForce = Derive();
    }

    /// <summary>The channels.</summary>
    public IReadOnlyList<CalibratedChannel> Channels => channels;

    /// <summary>Raised after a record was added. A handler must not wait.</summary>
    public event Action<CalibrationRecord>? Added;

    /// <summary>The records, by channel and number.</summary>
    public IReadOnlyList<StoredCalibration> Records
    {
        get
        {
            lock (gate)
            {
                return [.. store.Records];
            }
        }
    }

    /// <summary>Files that cannot be read.</summary>
    public IReadOnlyList<DamagedCalibration> Damaged
    {
        get
        {
            lock (gate)
            {
                return [.. store.Damaged];
            }
        }
    }

    /// <summary>What was broken off and is not kept yet: its channels are in doubt.</summary>
    public IReadOnlyList<UnsettledCalibration> Unsettled
    {
        get
        {
            lock (gate)
            {
                return [.. store.Unsettled];
            }
        }
    }

    /// <summary>What is wrong with the records, for people, with what to do: a sentence each.</summary>
    public IEnumerable<string> Troubles => [.. Unsettled.Select(each => each.ToString()), .. Damaged.Select(each => each.ToString())];

    /// <summary>Why nothing can be added, for people; null where nothing is known against it.</summary>
    public string? WhyNoneIsAdded => store.WhyNoneIsAdded;

    /// <summary>Knows other channels from now on; what is in force is found anew.</summary>
    /// <param name="others">All channels.</param>
    public void Follow(IReadOnlyList<CalibratedChannel> others)
    {
        lock (gate)
        {
            channels = others;
            inForce = Derive();
        }
    }

    /// <summary>The calibration in force of a channel; null where there is none.</summary>
    /// <param name="device">The device.</param>
    /// <param name="channel">The channel.</param>
    public CalibrationInForce? Of(string device, string channel) => inForce.GetValueOrDefault($"{device}.{channel}");

    /// <summary>Whether a record of this name is there, or was.</summary>
    /// <param name="id">The name.</param>
    public bool Has(string id)
    {
        lock (gate)
        {
            return store.Has(id);
        }
    }

    /// <summary>Whether a record of this name is there and can be read.</summary>
    /// <param name="id">The name.</param>
    public bool Holds(string id)
    {
        lock (gate)
        {
            return store.Holds(id);
        }
    }

    /// <summary>Adds a record, durably; from then on it is in force where it is accepted.</summary>
    /// <param name="record">The record; its name is new.</param>
    /// <exception cref="ArgumentException">There is one of this name, or the record breaks the contract.</exception>
    /// <exception cref="IOException">The card did not take it.</exception>
    public void Add(CalibrationRecord record) => Add(() => record);

    /// <summary>Judges what was done by what is in force at this very moment, and adds it, durably: nobody else's calibration comes
    /// in between.</summary>
    /// <param name="draft">What was done.</param>
    /// <param name="channel">The channel; one that can be calibrated.</param>
    /// <returns>The record, accepted or refused.</returns>
    /// <exception cref="ArgumentException">There is one of this name, or the record breaks the contract.</exception>
    /// <exception cref="IOException">The card did not take it.</exception>
    public CalibrationRecord Add(CalibrationDraft draft, CalibratedChannel channel) =>
        Add(() => draft.Complete(channel, store.Records, store.Has));

    /// <summary>Adds a record of what was broken off; where the card does not take it, its channel is in doubt until
    /// <see cref="Settle"/> has added it.</summary>
    /// <param name="record">The record.</param>
    /// <returns>Whether it was added.</returns>
    public bool Keep(CalibrationRecord record)
    {
        bool isKept;
        lock (gate)
        {
            isKept = store.Keep(record);
            inForce = Derive();
        }

        if (isKept)
        {
            Added?.Invoke(record);
        }

        return isKept;
    }

    /// <summary>Adds what was broken off and could not be kept before.</summary>
    /// <returns>What is kept now.</returns>
    public IReadOnlyList<CalibrationRecord> Settle()
    {
        IReadOnlyList<CalibrationRecord> kept;
        lock (gate)
        {
            kept = store.Settle();
            inForce = Derive();
        }

        foreach (var record in kept)
        {
            Added?.Invoke(record);
        }

        return kept;
    }

    /// <summary>Moves notes of what was broken off to a name of their own.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="unreadable">Why they cannot be read; null where they can.</param>
    /// <returns>The new one.</returns>
    /// <exception cref="IOException">The card did not do it.</exception>
    public string SetAside(string name, string? unreadable)
    {
        lock (gate)
        {
            return store.SetAside(name, unreadable);
        }
    }

    private CalibrationRecord Add(Func<CalibrationRecord> make)
    {
        StoredCalibration stored;
        lock (gate)
        {
            try
            {
                stored = store.Add(make());
            }
            finally
            {
                // One that failed may have left a doubt.
                inForce = Derive();
            }
        }

        Added?.Invoke(stored.Record);
        return stored.Record;
    }

    private Dictionary<string, CalibrationInForce> Derive()
    {
        Dictionary<string, CalibrationInForce> derived = new(StringComparer.Ordinal);
        foreach (var channel in Channels)
        {
            var newest = channel.NewestOf(store.Records);

            // One that came after what can be read may be the one in force; one before it is history. What an instrument was told it
            // holds, whether that was accepted or not.
            if (store.IsUnreadable ? channel.Kind is not null : store.Damaged.Any(file =>
                file.Place is { } place && place.Device == channel.Device && place.Channel == channel.Id && place.Number > (newest?.Number ?? 0))
                || store.Unsettled.Any(each => each.Record.Device == channel.Device && each.Record.Channel == channel.Id)
                || channel.HoldsWhatWasRefused(store.Records))
            {
                derived.Add(channel.Name, CalibrationInForce.Doubted);
            }
            else if (newest is { Record: var record })
            {
                derived.Add(channel.Name, new CalibrationInForce(record.Id, record.Curve));
            }
        }

        return derived;
    }
}
