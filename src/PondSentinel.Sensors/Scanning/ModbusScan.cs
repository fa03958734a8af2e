using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Sensors.Scanning;

/// <summary>Looks who is on a Modbus line: each address is asked what polls of known models ask first. Nothing is written.
/// </summary>
/// <remarks>Many probes are silent to what they do not know, so that no one question finds all of them.</remarks>
/// <param name="bus">The line; held for as long as it is looked at.</param>
/// <param name="profiles">The models there are.</param>
public sealed class ModbusScan(SerialBus bus, IEnumerable<DeviceProfile> profiles)
{
    private readonly IReadOnlyList<IGrouping<string, DeviceProfile>> questions =
    [
        .. profiles.GroupBy(profile => Convert.ToHexString(profile.Reads[0].Request(ProfileLine.AddressMin).Frame.Span), StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal),
    ];

    /// <summary>How long looking at one address takes at the most.</summary>
    public TimeSpan EachMax => questions.Aggregate(TimeSpan.Zero, (sum, group) => sum + TimeOf(group.First().Reads[0].Request(ProfileLine.AddressMin)));

    /// <summary>Looks at one address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Who is there, null where nobody is; or why the line cannot be used.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<(FoundDevice? Found, string? Failure)> LookAsync(byte address, CancellationToken cancellationToken)
    {
        var isThere = false;
        foreach (var group in questions)
        {
            var answer = await AskAsync(group.First().Reads[0].Request(address), cancellationToken);
            if (answer.Failure is { Fault: SensorFault.BusDown, Detail: var detail })
            {
                return (null, detail);
            }

            isThere |= answer.Failure is null or { Fault: SensorFault.Refused or SensorFault.DeviceFault };
            if (answer.Failure is null)
            {
                var (models, serial) = await IdentifyAsync(group, answer, address, cancellationToken);
                if (models.Count > 0)
                {
                    return (new FoundDevice(address, models, serial), null);
                }
            }
        }

        return (isThere ? new FoundDevice(address, []) : null, null);
    }

    private TimeSpan TimeOf(ModbusRequest request) =>
        ProbeSearch.Patience + ModbusRtuMaster.SilenceOn(bus.Line.Settings) + bus.Line.Settings.TimeOf(request.Frame.Length + request.ReplyLength);

    private ValueTask<ModbusAnswer> AskAsync(ModbusRequest request, CancellationToken cancellationToken) =>
        bus.Modbus.AskAsync(request, new ModbusPatience(ProbeSearch.Patience, TimeSpan.Zero, TimeSpan.Zero), cancellationToken);

    // By the number that it tells, else by whether what it says can be what such a model measures.
    private async ValueTask<(IReadOnlyList<string> Models, string? Serial)> IdentifyAsync(
        IEnumerable<DeviceProfile> group, ModbusAnswer answer, byte address, CancellationToken cancellationToken)
    {
        List<string> sure = [];
        List<string> possible = [];
        string? serial = null;
        foreach (var profile in group)
        {
            if (profile.Identity is { } identity
                && await AskAsync(identity.Request(address), cancellationToken) is { Failure: null, Registers: var registers })
            {
                serial = identity.SerialIn(registers.Span);
                if (identity.IsOfModel(serial))
                {
                    (identity.Models.Count > 0 ? sure : possible).Add(profile.Id);
                }
            }
            else if (profile.Reads[0].Interpret(answer.Registers.Span) is Reading.Measured measured
                && measured.Outputs.Any(output => output is { Measurement: not null, Fault: null }))
            {
                possible.Add(profile.Id);
            }
        }

        return (sure.Count > 0 ? sure : possible, serial);
    }
}
