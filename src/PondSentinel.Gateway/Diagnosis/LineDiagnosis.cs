using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>What the silence of devices means: one alone is a plug or an id, all on a line are its wires or its setting, all of all
/// lines are the supply. Where the lines are free it looks for those that are silent.</summary>
/// <param name="configuration">The gateway.</param>
/// <param name="search">Looks for probes on a line; null where the lines are in use.</param>
internal sealed class LineDiagnosis(GatewayConfiguration configuration, Func<SerialSettings, ProbeSearch>? search)
{
    // A search of one probe takes some ten seconds.
    private const int SearchedMax = 4;

    // Where people begin to count, beside what probes come with.
    private const int LowAddressMax = 32;

    private int searched;

    /// <summary>Judges all devices.</summary>
    /// <param name="states">How they were.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<IReadOnlyList<Finding>> JudgeAsync(IReadOnlyList<DeviceState> states, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        List<string> silentBuses = [];
        var serialBuses = 0;
        foreach (var bus in configuration.Buses)
        {
            var here = states.Where(state => state.Options.Bus == bus.Id).ToList();
            if (here.Count == 0)
            {
                continue;
            }

            if (bus.Line is SerialSettings serial)
            {
                serialBuses++;
                var of = await JudgeAsync(bus.Id, serial, here, cancellationToken);
                if (here.All(state => state.IsSilent) && of.All(finding => finding.Code is "line-silent"))
                {
                    silentBuses.Add(bus.Id);
                }

                findings.AddRange(of);
            }
            else
            {
                findings.AddRange(here.SelectMany(state => JudgeOther(bus, state)));
            }
        }

        // Several probes do not lose their wires at once; their supply is what they share.
        var silent = states.Count(state => silentBuses.Contains(state.Options.Bus));
        if (silent > 1 && silentBuses.Count == serialBuses)
        {
            findings.RemoveAll(finding => finding.Code == "line-silent");
            findings.Add(Finding.Bad("all-silent", string.Join(", ", silentBuses)));
        }

        return findings;
    }

    private async Task<List<Finding>> JudgeAsync(
        string bus, SerialSettings line, IReadOnlyList<DeviceState> here, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        foreach (var state in here)
        {
            findings.Add(state switch
            {
                { IsSilent: true } or { IsGarbled: true } when await SearchAsync(bus, line, state, here, cancellationToken) is { } found => found,
                { IsSilent: true } when here.All(other => other.IsSilent) => Finding.Bad("line-silent", state.Options.Id, bus),
                { IsSilent: true } => Finding.Bad("device-silent", state.Options.Id, bus),
                { IsGarbled: true } => Finding.Bad("line-garbled", bus, state.Options.Id),
                _ => Judge(state, bus),
            });
        }

        return findings;
    }

    private IEnumerable<Finding> JudgeOther(BusOptions bus, DeviceState state)
    {
        var at = $"{configuration.Models[state.Options.Model].On(bus.Line.Kind)?.Addresses?.Text(state.Options.Address)} on {bus.Line.Place}".Trim();
        yield return state switch
        {
            { IsSilent: true } when bus.Line.Kind == LineKind.I2c => Finding.Bad("i2c-silent", state.Options.Id, at),
            { IsGarbled: true } when bus.Line.Kind == LineKind.I2c => Finding.Bad("i2c-garbled", state.Options.Id, at),
            _ => Judge(state, bus.Id),
        };
    }

    private static Finding Judge(DeviceState state, string bus) => state switch
    {
        { WasAsked: false } => Finding.Warn("device-unasked", state.Options.Id),
        { Fault: null } => Finding.Good("device-good", state.Options.Id),
        { IsDown: true } => Finding.Bad("bus-down", bus, state.Detail),
        { Fault: "wrong-device" } => Finding.Bad("wrong-device", state.Options.Id, state.Detail),
        _ => Finding.Warn("device-fault", state.Options.Id, state.Fault!, state.Detail, state.Hint) with
        {
            ArgumentsChinese = [state.Options.Id, state.Fault!, state.Detail, state.HintChinese ?? state.Hint],
        },
    };

    private async Task<Finding?> SearchAsync(
        string bus, SerialSettings line, DeviceState state, IReadOnlyList<DeviceState> here, CancellationToken cancellationToken)
    {
        if (search is null || line is TcpSerialSettings || searched == SearchedMax
            || configuration.Models[state.Options.Model].Profile is not { } profile)
        {
            return null;
        }

        searched++;
        var known = here.Select(other => (byte)other.Options.Address).ToHashSet();
        var addresses = Enumerable.Range(ProfileLine.AddressMin, LowAddressMax).Select(address => (byte)address)
            .Prepend((byte)profile.Line.Address).Distinct().Where(address => !known.Contains(address));
        var looking = search(line);
        if (state.IsSilent && await looking.FindAddressAsync(profile, addresses, cancellationToken) is { } address)
        {
            return Finding.Bad("wrong-id", state.Options.Id, Text(state.Options.Address), Text(address));
        }

        return here.All(other => other.IsSilent || other.IsGarbled)
            && await looking.FindSettingsAsync(profile, (byte)state.Options.Address, cancellationToken) is { } way
            ? Finding.Bad("wrong-baud", bus, state.Options.Id, Text(line), Text(way))
            : null;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(SerialSettings line) =>
        $"{Text(line.Baud)} {ProfileLine.FrameOf(line.Parity, line.StopBits)}";
}
