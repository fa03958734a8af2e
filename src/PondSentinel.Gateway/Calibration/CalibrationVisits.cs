using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Calibration;

/// <summary>What an instrument showed in a standard, during a guided calibration.</summary>
/// <param name="Label">What the bottle says the standard has at 25 °C, in the channel's unit.</param>
/// <param name="Standard">What it has at its temperature.</param>
/// <param name="Raw">What the instrument showed: mV of an electrode, else in the channel's unit.</param>
/// <param name="Celsius">Temperature of the standard, °C.</param>
/// <param name="IsForced">Whether somebody took it before it was steady.</param>
internal sealed record VisitPoint(double Label, double Standard, double Raw, double Celsius, bool IsForced);

/// <summary>Somebody who is guided through the calibration of a channel.</summary>
/// <param name="Number">Which visit: whoever comes next to the device gets another.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Who">Who it is.</param>
/// <param name="Uid">The user.</param>
/// <param name="Points">What was taken so far.</param>
/// <param name="Seen">When the guide was last heard of, boot-time clock.</param>
internal sealed record CalibrationVisit(
    long Number, CalibratedChannel Channel, string Who, uint Uid, IReadOnlyList<VisitPoint> Points, TimeSpan Seen);

/// <summary>Knows who is guided through which calibration, marks the values meanwhile, and keeps what was taken where the link of whoever
/// it is breaks. Thread-safe.</summary>
/// <remarks>In memory: what a restart forgets is a few minutes' work, and the maintenance that a visit begins is kept on the card.
/// </remarks>
/// <param name="book">The calibrations.</param>
/// <param name="maintenance">Marks the device.</param>
/// <param name="clock">The clock.</param>
internal sealed class CalibrationVisits(CalibrationBook book, MaintenanceBook maintenance, GatewayClock clock)
{
    private static readonly TimeSpan MaintenanceAgain = TimeSpan.FromMinutes(15);

    private readonly Lock gate = new();
    private readonly Dictionary<string, CalibrationVisit> visits = new(StringComparer.Ordinal);
    private long numbers;

    // What the polls see: until when a device is being calibrated, boot-time clock.
    private volatile Dictionary<string, TimeSpan> covered = [];

    /// <summary>How long the points of a visit are kept after the guide was last heard of: 1 h.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromHours(1);

    /// <summary>How long a device counts as being calibrated after the guide was last heard of: 2 min. Its maintenance is longer.
    /// </summary>
    public static TimeSpan Alive { get; } = TimeSpan.FromMinutes(2);

    /// <summary>How long the device is in maintenance from the beginning, and again whenever half of it is over: 30 min.</summary>
    public static TimeSpan Marked { get; } = TimeSpan.FromMinutes(30);

    /// <summary>Whether a device is being calibrated by somebody who is guided.</summary>
    /// <param name="device">The device.</param>
    public bool Covers(string device) => covered.TryGetValue(device, out var until) && clock.BootTime < until;

    /// <summary>The visit at a device, as long as its points are kept.</summary>
    /// <param name="device">The device.</param>
    /// <returns>It, and how long ago its guide was heard of; null where there is none.</returns>
    public (CalibrationVisit Visit, TimeSpan Ago)? Of(string device)
    {
        lock (gate)
        {
            return visits.TryGetValue(device, out var visit) && clock.BootTime - visit.Seen is var ago && ago < Kept ? (visit, ago) : null;
        }
    }

    /// <summary>Begins a visit. One that goes on at the device is over: whoever stands at the probe has the say.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="who">Who.</param>
    /// <param name="uid">The user.</param>
    /// <param name="points">What was taken before.</param>
    /// <returns>Its number.</returns>
    public long Begin(CalibratedChannel channel, string who, uint uid, IReadOnlyList<VisitPoint> points)
    {
        lock (gate)
        {
            var visit = new CalibrationVisit(++numbers, channel, who, uid, points, clock.BootTime);
            Put(visit);
            return visit.Number;
        }
    }

    /// <summary>The guide is heard of: the device stays marked.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="number">The visit.</param>
    /// <exception cref="ControlRefusedException">It is over.</exception>
    public void See(CalibratedChannel channel, long number)
    {
        lock (gate)
        {
            Put(Find(channel, number) with { Seen = clock.BootTime });
        }
    }

    /// <summary>Keeps what was taken.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="number">The visit.</param>
    /// <param name="points">All that was taken so far.</param>
    /// <exception cref="ControlRefusedException">It is over.</exception>
    public void Keep(CalibratedChannel channel, long number, IReadOnlyList<VisitPoint> points)
    {
        lock (gate)
        {
            Put(Find(channel, number) with { Points = points, Seen = clock.BootTime });
        }
    }

    /// <summary>Ends a visit; nothing of it is kept.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="number">The visit.</param>
    /// <param name="isInWater">Whether the probe hangs in the water again: its maintenance ends too, where it is none that somebody began.
    /// </param>
    /// <returns>How long the values of the device are still marked.</returns>
    /// <exception cref="ControlRefusedException">It was over.</exception>
    public TimeSpan End(CalibratedChannel channel, long number, bool isInWater)
    {
        lock (gate)
        {
            var visit = Find(channel, number);
            var device = visit.Channel.Device;
            visits.Remove(device);
            Show();
            if (isInWater && maintenance.IsAwaitingWater(device))
            {
                maintenance.EndAfterCalibration(device, visit.Who, visit.Uid);
            }

            return maintenance.Left(device);
        }
    }

    /// <summary>The channel of a name, where the gateway knows it.</summary>
    /// <param name="name">The channel, as <c>device.channel</c>.</param>
    /// <exception cref="ControlRefusedException">It does not, or nobody calibrates it.</exception>
    public CalibratedChannel Channel(string name) => book.Channels.FirstOrDefault(channel => channel.Name == name && channel.Kind is not null)
        ?? throw new ControlRefusedException($"{name} is no channel of this gateway that is calibrated; its configuration was changed since it started?");

    private CalibrationVisit Find(CalibratedChannel channel, long number) =>
        visits.Values.FirstOrDefault(visit => visit.Number == number && visit.Channel.IsSameInstrument(channel))
        ?? throw new ControlRefusedException(
            $"this calibration of {channel.Name} is over: somebody else began one, the gateway was started again, or its settings name another instrument; begin anew");

    private void Put(CalibrationVisit visit)
    {
        var device = visit.Channel.Device;
        visits[device] = visit;
        Show();
        if (maintenance.Left(device) < MaintenanceAgain)
        {
            maintenance.BeginAfterCalibration(device, "calibrated; until the probe hangs in the water again", visit.Who, visit.Uid, Marked);
        }
    }

    private void Show()
    {
        foreach (var (device, visit) in visits.ToList())
        {
            if (clock.BootTime - visit.Seen >= Kept)
            {
                visits.Remove(device);
            }
        }

        covered = visits.ToDictionary(pair => pair.Key, pair => pair.Value.Seen + Alive, StringComparer.Ordinal);
    }
}
