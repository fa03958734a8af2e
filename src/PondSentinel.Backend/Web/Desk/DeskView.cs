using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Backend.Web.Desk;

/// <summary>What people have done with the alarms there are: who has taken one on, and what is silenced. It looks once a second,
/// since others work on the same tables: the command line, and the loops that tell people.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="desk">The desk.</param>
/// <param name="time">The clock.</param>
internal sealed class DeskView(AlarmDesk desk, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private (IReadOnlyList<Alarm> Alarms, IReadOnlyList<Silence> Silences) known = ([], []);

    /// <summary>Something has changed. Called from the thread that saw it; must return at once.</summary>
    public event Action? Changed;

    /// <summary>Silences in force, the one that ends first first.</summary>
    public IReadOnlyList<Silence> Silences
    {
        get
        {
            lock (gate)
            {
                return known.Silences;
            }
        }
    }

    /// <summary>The alarm that a status is part of; null where people know of none.</summary>
    /// <param name="status">The status.</param>
    public Alarm? Of(AlertStatus status)
    {
        var (rule, subject) = (status.Rule.Id, status.Subject);
        lock (gate)
        {
            return known.Alarms.LastOrDefault(alarm =>
                (alarm.Rule, alarm.Site, alarm.Station, alarm.Gateway, alarm.Device, alarm.Channel)
                == (rule, subject.Site, subject.Station, subject.Gateway, subject.Device, subject.Channel));
        }
    }

    /// <summary>Looks now, and tells where something has changed.</summary>
    /// <exception cref="IOException">The state database cannot be used.</exception>
    public void Look()
    {
        var (alarms, silences) = (desk.Active(), desk.Silences());
        lock (gate)
        {
            if (alarms.SequenceEqual(known.Alarms) && silences.SequenceEqual(known.Silences))
            {
                return;
            }

            known = (alarms, silences);
        }

        Changed?.Invoke();
    }

    /// <summary>Looks until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            do
            {
                try
                {
                    Look();
                }
                catch (Exception e) when (e is SqliteException or IOException)
                {
                    // Ingest says what is wrong with the database, and what to do; here the next look is a second away.
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}
