using PondSentinel.Alerting;

namespace PondSentinel.Backend.Alerting;

/// <summary>Where a rule stands for a channel, as others see it. How far it has come is apart, because each value moves that.</summary>
internal sealed class StatusPlace
{
    private AlertStatus status;
    private DateTimeOffset judged;

    /// <summary>Begins with a status.</summary>
    public StatusPlace(AlertStatus status)
    {
        this.status = status;
        judged = status.JudgedAt ?? AlertState.Initial.AsOf;
    }

    /// <summary>The status.</summary>
    public AlertStatus Status
    {
        get => status with { JudgedAt = SubjectStep.TimeOf(judged) };
        set => (status, judged) = (value, value.JudgedAt ?? AlertState.Initial.AsOf);
    }

    /// <summary>Notes how far the rule has come.</summary>
    /// <param name="asOf">The time of its state.</param>
    /// <returns>Whether it was old and is no more.</returns>
    public bool Judge(DateTimeOffset asOf)
    {
        var isNew = status.IsOld && asOf > judged;
        judged = asOf;
        if (isNew)
        {
            status = status with { IsOld = false };
        }

        return isNew;
    }

    /// <summary>Whether it is old at a time, and is not known to be.</summary>
    public bool HasBecomeOld(DateTimeOffset now) => !status.IsOld && status.WouldBeOld(judged, now);
}

/// <summary>Where every rule stands for every channel it has seen, as committed. Thread-safe.</summary>
internal sealed class StatusBoard
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Rule, AlertSubject Subject), StatusPlace> places = [];

    /// <summary>All of them.</summary>
    public List<AlertStatus> All
    {
        get
        {
            lock (gate)
            {
                return [.. places.Values.Select(place => place.Status)];
            }
        }
    }

    /// <summary>Takes in what a transaction has changed.</summary>
    /// <param name="changed">Where rules stand elsewhere now.</param>
    /// <param name="judged">Channels whose rules have come further, where they stand as before too.</param>
    /// <returns>Those that others have to hear of: how far a rule has come they need not hear value by value, but that it was old and
    /// is no more.</returns>
    public List<AlertStatus> Take(IReadOnlyList<AlertStatus> changed, IReadOnlyList<JudgedChannel> judged)
    {
        List<AlertStatus> news = [.. changed];
        lock (gate)
        {
            foreach (var status in changed)
            {
                Put(status);
            }

            foreach (var (subject, states) in judged)
            {
                foreach (ref var entry in states.Entries)
                {
                    entry.Place ??= places.GetValueOrDefault((entry.Rule, subject));
                    if (entry.Place is { } place && place.Judge(entry.State.Alert.AsOf))
                    {
                        news.Add(place.Status);
                    }
                }
            }
        }

        return news;
    }

    /// <summary>Takes in one.</summary>
    public void Set(AlertStatus status)
    {
        lock (gate)
        {
            Put(status);
        }
    }

    /// <summary>Those that are old at a time and are not known to be.</summary>
    /// <param name="now">The time.</param>
    public List<AlertStatus> BecomeOld(DateTimeOffset now)
    {
        lock (gate)
        {
            return [.. places.Values.Where(place => place.HasBecomeOld(now)).Select(place => place.Status with { IsOld = true })];
        }
    }

    private void Put(AlertStatus status)
    {
        if (places.TryGetValue((status.Rule.Id, status.Subject), out var place))
        {
            place.Status = status;
        }
        else
        {
            places.Add((status.Rule.Id, status.Subject), new StatusPlace(status));
        }
    }
}

/// <summary>A channel whose rules have come further.</summary>
/// <param name="Subject">The channel.</param>
/// <param name="States">Where they stand after the newest value.</param>
internal readonly record struct JudgedChannel(AlertSubject Subject, ChannelStates States);
