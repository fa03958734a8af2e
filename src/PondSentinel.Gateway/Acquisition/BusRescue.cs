using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Does something about a line on which everybody is silent: one probe may be dead, all of them at once are an adapter that
/// hangs, a wire that one of them holds, or a supply.</summary>
/// <remarks>
/// <para>Silent is who did not answer, or not in a form that could be read; a port that is not there is no silence, it is opened
/// again at each poll anyway. When every device of the line has been silent, and there were at least
/// <see cref="SilencesMin"/> such polls, a serial port or connection is closed, so that the next poll opens it anew; of an I2C or
/// 1-Wire bus there is nothing to close, the kernel has it. When all of that happens once more, their supply is switched off
/// and on, where there is a relay for it, but no more often than <see cref="PowerCycleEvery"/>; else the port is closed again. One
/// answer ends it.</para>
/// <para>Events of type <c>fault</c> without a device say when it begins, each power cycle, and when it ends. Not thread-safe.</para>
/// </remarks>
/// <param name="bus">The bus.</param>
/// <param name="devices">How many devices hang on it at first.</param>
/// <param name="care">What can be done.</param>
/// <param name="powerCycled">Told when the supply was switched: no device knows any more what it knew.</param>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">The journal.</param>
internal sealed class BusRescue(
    string bus,
    int devices,
    BusCare care,
    Action powerCycled,
    RecordSink sink,
    GatewayClock clock,
    ILogger log)
{
    /// <summary>Fewest silent polls that mean something.</summary>
    public const int SilencesMin = 3;

    /// <summary>How often the supply may be switched: a probe that hangs on power is not healed by more of it, and relays wear.
    /// </summary>
    public static readonly TimeSpan PowerCycleEvery = TimeSpan.FromMinutes(30);

    private readonly HashSet<string> silent = new(StringComparer.Ordinal);
    private readonly HourlyAllowance allowance = new();
    private int silences;
    private bool wasTold;
    private TimeSpan? begun;
    private TimeSpan? powerCycledAt;
    private int present = devices;

    /// <summary>Says that others hang on the bus from now on.</summary>
    /// <param name="names">All of them.</param>
    public void Follow(IReadOnlyCollection<string> names)
    {
        present = names.Count;
        silent.IntersectWith(names);
    }

    /// <summary>Takes note of a poll, and does what is to be done.</summary>
    /// <param name="device">Who was asked.</param>
    /// <param name="reading">What came of it.</param>
    /// <param name="cancellationToken">Ends a power cycle early; the supply is on then.</param>
    public async ValueTask NoteAsync(string device, Reading reading, CancellationToken cancellationToken)
    {
        if (reading is not Reading.Failed { Fault: var fault })
        {
            End();
            return;
        }

        if (fault == SensorFault.BusDown)
        {
            return;
        }

        if (fault is not (SensorFault.NoAnswer or SensorFault.TimedOut or SensorFault.Garbled))
        {
            End();
            return;
        }

        silent.Add(device);
        silences++;
        if (silent.Count < present || silences < SilencesMin)
        {
            return;
        }

        silent.Clear();
        silences = 0;
        await ActAsync(cancellationToken);
    }

    private static async ValueTask<string?> CycleAsync(ISupplySwitch supply, CancellationToken cancellationToken)
    {
        try
        {
            return await supply.CycleAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // A switch that breaks its promise must not end the polling of any bus.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"the switch failed: {e.GetType().Name}: {e.Message}";
        }
    }

    private async ValueTask ActAsync(CancellationToken cancellationToken)
    {
        var now = clock.BootTime;
        if (wasTold && care.Supply is { } supply && (powerCycledAt is not { } last || now - last >= PowerCycleEvery))
        {
            powerCycledAt = now;
            wasTold = false;
            care.Tally.CountPowerCycle();
            Tell("power-cycled", BusHints.PowerCycled(care.Line, present > 1));
            if (await CycleAsync(supply, cancellationToken) is { } failure)
            {
                log.LogError("bus {Bus}: the supply could not be switched: {Failure}", bus, failure);
            }

            powerCycled();
            care.Reset?.Invoke();
            return;
        }

        if (care.Reset is { } reset)
        {
            care.Tally.CountReset();
            reset();
        }

        wasTold = true;
        if (begun is null)
        {
            begun = now;
            Tell(BusHints.Closing(care.Line), $"nobody on bus {bus} answers: {BusHints.Silent(care.Line, present > 1)}");
        }
    }

    private void End()
    {
        silent.Clear();
        silences = 0;
        wasTold = false;
        if (begun is { } since)
        {
            begun = null;
            var lasted = (clock.BootTime - since).TotalSeconds;
            log.LogInformation("bus {Bus}: answers again after {Lasted:0} s", bus, lasted);
            Append(json =>
            {
                json.WriteNull("fault");
                json.WriteString("was", "bus-silent");
                json.WriteNumber("lasted_s", (long)lasted);
            });
        }
    }

    private void Tell(string action, string hint)
    {
        log.LogWarning("bus {Bus}: silent, {Action}; {Hint}", bus, action, hint);
        Append(json =>
        {
            json.WriteString("fault", "bus-silent");
            json.WriteString("action", action);
            json.WriteString("hint", hint);
        });
    }

    private void Append(Action<System.Text.Json.Utf8JsonWriter> write)
    {
        var now = clock.Now();
        var refused = allowance.TakeRefused(now.BootTime);
        if (refused > 0 || allowance.TryTake(now.BootTime))
        {
            sink.AppendEvent("fault", device: null, now, EventJson.Of(refused, json =>
            {
                json.WriteString("bus", bus);
                write(json);
            }));
        }
    }
}
