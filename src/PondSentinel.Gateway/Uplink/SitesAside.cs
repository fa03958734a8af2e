using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Uplink;

/// <summary>The sites of which the broker does not take records just now. What is of an epoch that has ended is put aside for
/// that long, so that it holds back nothing behind it; it stays in the buffer, unsettled and counted.</summary>
/// <remarks>
/// <para>What is aside counts as sent, which keeps it out of the lane without a second list in the buffer. After a restart of
/// the process all that is sent and unsettled goes again, and so does this.</para>
/// <para>Thread-safe; outlives links.</para>
/// </remarks>
/// <param name="room">What surrounds the uplink.</param>
internal sealed class SitesAside(UplinkRoom room)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Stay> stays = new(StringComparer.Ordinal);

    /// <summary>Whether a site has to wait.</summary>
    /// <param name="site">The site.</param>
    public bool Holds(string site) => Find(site) is { Pause.IsOver: false };

    /// <summary>Waits until a site need not wait any more.</summary>
    /// <param name="site">The site.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task WaitAsync(string site, CancellationToken cancellationToken) =>
        Find(site)?.Pause.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Notes that the broker has not taken a message of a site.</summary>
    /// <param name="site">The site.</param>
    /// <param name="answer">What the broker said.</param>
    /// <param name="topic">To which topic.</param>
    public void Begin(string site, SendAnswer answer, string topic)
    {
        Stay? stay;
        lock (gate)
        {
            if (!stays.TryGetValue(site, out stay))
            {
                stays[site] = stay = new Stay(new LanePause(room.Time, room.Log));
            }
        }

        stay.Pause.Begin(answer, topic);
    }

    /// <summary>Notes that the broker has taken a message of a site: it takes the others too.</summary>
    /// <param name="site">The site.</param>
    public void End(string site)
    {
        if (Find(site) is { } stay)
        {
            stay.Pause.Lift();
            Release();
        }
    }

    /// <summary>Puts a run aside, and with it the rest of its epoch, which is of the same site.</summary>
    /// <param name="run">The run; of a site that has to wait.</param>
    public void Put(RecordRun run)
    {
        var last = room.Buffer.Inventory.FirstOrDefault(held => held.Epoch == run.Epoch).Last;
        var range = run.Range with { Last = Math.Max(run.Range.Last, last) };
        lock (gate)
        {
            stays[run.Site].Aside.Add(new RecordIds(run.Epoch, range));
        }

        room.Buffer.MarkSent(run.Epoch, range);
    }

    /// <summary>Ends what only waited for somebody to subscribe: the backend is there.</summary>
    public void LiftUnheard()
    {
        List<LanePause> pauses;
        lock (gate)
        {
            pauses = [.. stays.Values.Select(stay => stay.Pause)];
        }

        // Outside of the lock: a lane that waits goes on inside of this call, and may begin a pause of another site.
        pauses.ForEach(pause => pause.LiftUnheard());
        Release();
    }

    /// <summary>Puts back into the lane what need not wait any more.</summary>
    public void Release()
    {
        List<RecordIds> back = [];
        lock (gate)
        {
            foreach (var stay in stays.Values.Where(stay => stay.Pause.IsOver))
            {
                back.AddRange(stay.Aside);
                stay.Aside.Clear();
            }
        }

        foreach (var (epoch, range) in back)
        {
            room.Buffer.Requeue(epoch, range);
        }
    }

    private Stay? Find(string site)
    {
        lock (gate)
        {
            return stays.GetValueOrDefault(site);
        }
    }

    private sealed record Stay(LanePause Pause)
    {
        public List<RecordIds> Aside { get; } = [];
    }
}
