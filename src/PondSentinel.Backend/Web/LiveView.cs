using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>What is now: the newest value of every channel and how every gateway stands.</summary>
/// <remarks>
/// <para>Values change in ingest's own transaction, so that the page after a crash shows what the store holds. What gateways
/// say of themselves is kept by ingest and taken up from there.</para>
/// <para>Observer calls come from one thread; everything else may come from any.</para>
/// </remarks>
/// <param name="time">The backend's clock.</param>
internal sealed class LiveView(TimeProvider time) : IIngestObserver
{
    // A device that has not been heard for so long is gone, not broken.
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(30);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    // Names are the senders' choice, and each costs memory and room in every snapshot. Far above what people can watch.
    internal const int GatewaysMax = 256;
    internal const int ValuesMax = 8_192;

    // A gateway names sites as it likes: those heard least lately make room.
    internal const int SitesMax = 4;

    private readonly Lock gate = new();
    private readonly Dictionary<ChannelName, LiveValue> values = [];
    private readonly Dictionary<GatewayName, LiveGateway> gateways = [];
    private readonly Dictionary<ChannelName, LiveValue> staged = [];
    private readonly Dictionary<GatewayName, long> stagedMeasuredMs = [];
    private SqliteTransaction? open;
    private volatile bool isFull;

    /// <summary>Something has changed. Called from the thread that changed it; must return at once.</summary>
    public event Action? Changed;

    /// <summary>The newest values.</summary>
    public IReadOnlyList<LiveValue> Values
    {
        get
        {
            lock (gate)
            {
                return [.. values.Values];
            }
        }
    }

    /// <summary>The gateways.</summary>
    public IReadOnlyList<LiveGateway> Gateways
    {
        get
        {
            lock (gate)
            {
                return [.. gateways.Values];
            }
        }
    }

    /// <summary>Whether there have been more gateways or channels than it takes: some are not here.</summary>
    public bool IsFull => isFull;

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Creates the table and takes up what is known. Before ingest starts.</summary>
    /// <param name="connection">The state database.</param>
    public void Open(SqliteConnection connection)
    {
        var latest = LatestMessages.Read(connection);
        using var transaction = connection.BeginTransaction();
        var tables = new LiveTables(transaction);
        tables.Create((time.GetUtcNow() - Forgotten).ToUnixTimeMilliseconds() * 1_000_000);
        lock (gate)
        {
            foreach (var value in tables.Values())
            {
                values[value.Name] = value;
                TakeUp(value.Name.Gateway, known => known.Measured(value.TimeMs, NowMs));
            }

            // In the order in which they came: the last word holds.
            foreach (var message in latest.OrderBy(message => message.AtMs))
            {
                TakeUp(message.Gateway, known => known.With(message));
            }
        }

        transaction.Commit();
    }

    /// <summary>Notices gateways that fall silent, until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(WatchInterval, time);
        var shown = Standings();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var now = Standings();
                if (!now.SetEquals(shown))
                {
                    shown = now;
                    Changed?.Invoke();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
        // A new transaction while one is open means that the last never committed.
        if (!ReferenceEquals(open, transaction))
        {
            open = transaction;
            staged.Clear();
            stagedMeasuredMs.Clear();
        }

        HashSet<ChannelName> touched = [];
        var aheadMs = Points.AheadMs(time.GetUtcNow());
        foreach (var point in points)
        {
            var name = ChannelName.Of(point);
            stagedMeasuredMs[name.Gateway] = Math.Max(stagedMeasuredMs.GetValueOrDefault(name.Gateway), point.TimeMs <= aheadMs ? point.TimeMs : 0);
            if (point.TimeMs <= aheadMs && HasRoom(name) && LiveValue.After(Known(name), point) is { } value)
            {
                staged[name] = value;
                touched.Add(name);
            }
        }

        var tables = new LiveTables(transaction);
        foreach (var name in touched)
        {
            tables.Save(staged[name]);
        }
    }

    /// <inheritdoc/>
    public void Committed()
    {
        open = null;
        if (stagedMeasuredMs.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            foreach (var (name, value) in staged)
            {
                values[name] = value;
            }
        }

        // It was there when it measured them, whoever gave them in: as a new process would take it.
        foreach (var (gateway, measuredMs) in stagedMeasuredMs)
        {
            Note(gateway, known => known.Measured(measuredMs, NowMs));
        }

        staged.Clear();
        stagedMeasuredMs.Clear();
        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void Heard(GatewayName gateway) => Tell(gateway, known => known.Heard(NowMs));

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state) => Tell(gateway, known => known.With(state, NowMs));

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health) =>
        Tell(gateway, known => known.WithHealth(health.Span, NowMs));

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta) => Tell(gateway, known => known.WithMeta(meta.Span));

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message)
    {
        // Of what it says nothing is shown here.
    }

    private bool HasRoom(ChannelName name)
    {
        lock (gate)
        {
            if (values.ContainsKey(name) || staged.ContainsKey(name) || values.Count + staged.Count < ValuesMax)
            {
                return true;
            }
        }

        isFull = true;
        return false;
    }

    private LiveValue? Known(ChannelName name)
    {
        if (staged.TryGetValue(name, out var value))
        {
            return value;
        }

        lock (gate)
        {
            return values.GetValueOrDefault(name);
        }
    }

    private void Tell(GatewayName gateway, Func<LiveGateway, LiveGateway> change)
    {
        Note(gateway, change);
        Changed?.Invoke();
    }

    private void Note(GatewayName gateway, Func<LiveGateway, LiveGateway> change)
    {
        lock (gate)
        {
            TakeUp(gateway, change);
        }
    }

    private void TakeUp(GatewayName gateway, Func<LiveGateway, LiveGateway> change)
    {
        if (!gateways.TryGetValue(gateway, out var known))
        {
            var own = gateways.Values.Where(other => other.Name.Gateway == gateway.Gateway).ToList();
            if (own.Count >= SitesMax)
            {
                gateways.Remove(own.MinBy(other => other.HeardMs ?? 0)!.Name);
            }

            if (gateways.Count >= GatewaysMax)
            {
                isFull = true;
                return;
            }

            known = new LiveGateway { Name = gateway };
        }

        gateways[gateway] = change(known);
    }

    private HashSet<(GatewayName, GatewayStanding)> Standings()
    {
        var now = NowMs;
        return [.. Gateways.Select(gateway => (gateway.Name, gateway.StandingAt(now)))];
    }
}
