using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Duty;

/// <summary>Runs a sensor with a fan and a laser: starts it, lets it warm up, asks it, and stops it where it rests between polls.
/// </summary>
/// <remarks>
/// <para>Promise: no value of the first <see cref="DutyPlan.WarmUp"/> after a start that could be known of. Known is the first
/// answer to this process, the first after <see cref="Forget"/>, one's own start, and what the sensor says of itself. A sensor that
/// lost its power for less than the time between two polls, and says nothing of it, is not found out.</para>
/// <para>Where the warm-up is over before the next poll is due, the poll waits for it, off the line; else it fails as
/// <see cref="SensorFault.NotReady"/>.</para>
/// <para>One that says that something of it has failed is started anew at the next poll: after a short loss of its power fan and
/// laser may be off.</para>
/// <para>A process that ends leaves the sensor as it is, which may be running. Not thread-safe.</para>
/// </remarks>
/// <param name="device">The sensor.</param>
/// <param name="plan">When it runs.</param>
/// <param name="time">For the warm-up.</param>
internal sealed class DutyCycle(IDutyDevice device, DutyPlan plan, TimeProvider time)
{
    private long? runningSince;

    /// <summary>Asks once.</summary>
    /// <param name="turn">The turn on the line.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        var reading = await PollAsync(turn, cancellationToken);
        if (plan.Rests && runningSince is not null)
        {
            runningSince = null;
            await device.RestAsync(cancellationToken);
        }
        else if (reading is Reading.Failed { Fault: SensorFault.DeviceFault })
        {
            runningSince = null;
        }

        return reading;
    }

    /// <summary>Starts it anew at the next poll: it may have lost its power.</summary>
    public void Forget() => runningSince = null;

    private async ValueTask<Reading> PollAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (runningSince is null)
        {
            // Before any waiting: one that is not there costs one deadline.
            if (await device.StartAsync(cancellationToken) is { } failed)
            {
                return failed;
            }

            runningSince = time.GetTimestamp();
        }

        var ran = time.GetElapsedTime(runningSince.Value);
        var isWarm = ran >= plan.WarmUp;
        if (!isWarm && plan.WaitsFor(plan.WarmUp - ran))
        {
            await turn.PauseAsync(plan.WarmUp - ran, cancellationToken);
            turn.BeginMeasuring();
            isWarm = true;
        }

        // Asked in any case: it may have gone meanwhile.
        var reading = await device.AskAsync(turn, cancellationToken);
        if (reading is Reading.Failed { Fault: SensorFault.NotReady })
        {
            runningSince = time.GetTimestamp();
        }

        return isWarm || reading is Reading.Failed ? reading : new Reading.Failed(
            SensorFault.NotReady,
            string.Create(
                CultureInfo.InvariantCulture,
                $"it has run for {ran.TotalSeconds:0} s; values count from {plan.WarmUp.TotalSeconds:0} s on"));
    }
}
