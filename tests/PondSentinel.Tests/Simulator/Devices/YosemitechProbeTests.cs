using CsCheck;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Simulator;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Devices.Twins;

namespace PondSentinel.Tests.Simulator.Devices;

/// <summary>The virtual probes against the frames in the makers' manuals, checksums included.</summary>
public sealed class YosemitechProbeTests
{
    private static readonly ProbeWater Water = new(7.6f, 15.8f, 7.6f, 1.0f, 17.625f);

    [Theory]
    [InlineData("01 03 28 00 00 02 CD AB", "01 03 04 33 33 F3 40 40 78")] // pH 7.6
    [InlineData("01 03 24 00 00 02 CE FB", "01 03 04 CD CC 7C 41 E4 50")] // 15.8 °C
    [InlineData("01 10 23 00 00 02 04 00 00 80 40 1E AE", "01 10 23 00 00 02 4A 4C")] // calibration in pH 4.00
    [InlineData("01 03 0E 00 00 01 86 E2", "01 03 02 00 00 B8 44")] // its status: done
    [InlineData("01 03 09 00 00 07 07 94", "01 03 0E 00 59 4C 31 30 31 34 30 31 30 30 32 32 00 4C 5F")] // YL1014010022
    [InlineData("01 03 07 00 00 02 C5 7F", "01 03 04 01 00 01 06 7A 5D")] // versions 1.0, 1.6
    [InlineData("FF 03 30 00 00 01 9E D4", "FF 03 02 01 00 90 00")] // who are you
    [InlineData("01 10 31 00 00 00 00 74 94", "01 10 31 00 00 00 CE F5")] // brush now, with no register
    [InlineData("01 03 32 00 00 01 8A B2", "01 03 02 1E 00 B1 E4")] // brush every 30 min
    [InlineData("01 10 32 00 00 01 02 0A 00 B3 33", "01 10 32 00 00 01 0F 71")] // brush every 10 min
    [InlineData("01 03 25 00 00 01 8F 06", "01 03 00 20 F0")] // start
    [InlineData("01 03 25 00 00 00 4E C6", "01 03 00 20 F0")] // start, as some masters ask
    [InlineData("01 03 2E 00 00 01 8D 22", "01 03 00 20 F0")] // stop
    public void Y532_answers_as_in_its_manual(string request, string answer) =>
        Assert.Equal(answer, Ask(Probe("ph", 1, YosemitechModels.Y532, "YL1014010022", () => Water), request));

    [Theory]
    [InlineData("01 03 24 00 00 02 CE FB", "01 03 04 CD CC 7C 41 E4 50")]
    [InlineData("01 10 36 00 00 04 08 00 00 80 3F 00 00 00 00 F5 89", "01 10 36 00 00 04 CE 42")] // K 1, B 0
    [InlineData("01 10 34 00 00 04 08 00 00 80 3F 00 00 00 00 F2 CB", "01 10 34 00 00 04 CF FA")]
    [InlineData("01 03 34 00 00 04 4A 39", "01 03 08 00 00 80 3F 00 00 00 00 9E 12")]
    public void Y560_answers_as_in_its_manual(string request, string answer) =>
        Assert.Equal(answer, Ask(Probe("nh4", 1, YosemitechModels.Y560, "YL6814010022", () => Water), request));

    [Fact]
    public void Y560_gives_ammonium_as_nitrogen_then_potassium_then_ammonium_as_the_ion()
    {
        // The manual's own frames, but for the ion: there 7.6 mg/L as N stand beside 5.2 as NH4+, which no water can have.
        var water = Water with { NitrogenMilligramsPerLitre = 46.3f, PotassiumMilligramsPerLitre = 3.2f };
        var answer = Ask(Probe("nh4", 0x11, YosemitechModels.Y560, "YL6814010022", () => water), "11 03 28 00 00 06 CE F8");
        Assert.StartsWith("11 03 0C 33 33 39 42 CD CC 4C 40 ", answer, StringComparison.Ordinal);
        Assert.Equal("11 03 0C 33 33 39 42 CD CC 4C 40 66 83 6E 42".Length, answer.Length - " 00 00".Length);
        var ion = BitConverter.ToSingle([.. answer.Split(' ')[11..15].Select(hex => Convert.ToByte(hex, 16))]);
        Assert.Equal(46.3 * 1.28786, ion, 0.001);
    }

    [Fact]
    public void Y560_gives_potential_and_ph_and_the_potentials_of_its_ion_electrodes()
    {
        var probe = Probe("nh4", 1, YosemitechModels.Y560, "YL6814010022", () => Water with { Ph = 7.0f, Celsius = 25 });
        Assert.Equal("01 03 08 00 00 00 00 00 00 E0 40 DD E7", Ask(probe, "01 03 26 00 00 04 4F 41"));
        var potentials = Ask(probe, "01 03 37 00 00 04 4A 7D").Split(' ');
        var nh4 = BitConverter.ToSingle([.. potentials[3..7].Select(hex => Convert.ToByte(hex, 16))]);
        Assert.Equal(59.16 * Math.Log10(7.6 * 1.28786), nh4, 0.01);
    }

    [Theory]
    [InlineData(1, 17.625f, 17.625f, "01 03 26 00 00 05 8E 81", "01 03 0A 00 00 8D 41 00 00 8D 41 00 00 C7 33")]
    [InlineData(11, 21.5f, 12.25f, "0B 03 26 00 00 05 8E 2B", "0B 03 0A 00 00 AC 41 00 00 44 41 00 00 23 71")]
    public void Y511_answers_as_in_its_manual(byte address, float celsius, float ntu, string request, string answer) =>
        Assert.Equal(answer, Ask(Probe("ntu", address, YosemitechModels.Y511, "YL2914010022", () => Water with { Celsius = celsius, TurbidityNtu = ntu }), request));

    [Fact]
    public void Y511_with_its_wiper_in_the_wrong_place_says_so()
    {
        var faults = new Faults();
        faults.Switch(FaultKind.Error);
        var probe = Probe("ntu", 11, YosemitechModels.Y511, "YL2914010022", () => Water with { Celsius = 21.5f, TurbidityNtu = 12.25f }, faults);
        Assert.Equal("0B 03 0A 00 00 AC 41 00 00 44 41 FF 00 62 81", Ask(probe, "0B 03 26 00 00 05 8E 2B"));
    }

    [Theory]
    [InlineData("01 03 28 00 00 02 CD AC")] // checksum
    [InlineData("02 03 28 00 00 02 CD 98")] // another's
    [InlineData("00 03 28 00 00 02 CC 7A")] // broadcast: the probes know none
    [InlineData("01 03 28 01 00 02 9C 6B")] // no such register: silence, not an exception
    [InlineData("01 03 28 00 00 01 8D AA")] // half a number
    [InlineData("01 04 28 00 00 02 78 6B")] // no such function
    [InlineData("01 06 11 00 00 01 4C F6")] // no such function
    [InlineData("01")]
    [InlineData("")]
    public void Anything_else_is_met_with_silence(string request) =>
        Assert.Equal("", Ask(Probe("ph", 1, YosemitechModels.Y532, "YL4314010022", () => Water), request));

    [Fact]
    public void New_address_holds_from_the_next_request_on()
    {
        var probe = Probe("ph", 1, YosemitechModels.Y532, "YL4314010022", () => Water);
        Assert.Equal("01 10 30 00 00 01 0E C9", Ask(probe, "01 10 30 00 00 01 02 14 00 99 53"));
        Assert.Equal("", Ask(probe, "01 03 28 00 00 02 CD AB"));
        Assert.Equal(20, probe.Address);
    }

    [Fact]
    public void Users_slope_and_offset_are_applied()
    {
        var probe = Probe("ph", 1, YosemitechModels.Y532, "YL4314010022", () => Water);

        // K 2, B 1.
        Assert.NotEqual("", Ask(probe, WithChecksum("01 10 11 00 00 04 08 00 00 00 40 00 00 80 3F")));
        var answer = Ask(probe, "01 03 28 00 00 02 CD AB").Split(' ');
        Assert.Equal(16.2f, BitConverter.ToSingle([.. answer[3..7].Select(hex => Convert.ToByte(hex, 16))]), 0.0001f);
    }

    [Fact]
    public void Nobody_says_who_he_is_where_several_could()
    {
        Assert.Equal("", Ask(
            [
                (Probe("a", 1, YosemitechModels.Y532, "YL4314010022", () => Water), new Faults()),
                (Probe("b", 3, YosemitechModels.Y532, "YL4314010022", () => Water), new Faults()),
            ],
            "FF 03 30 00 00 01 9E D4"));
    }

    [Fact]
    public void Slaves_on_one_line_answer_for_themselves_and_each_has_its_own_fault()
    {
        var mute = new Faults();
        (IModbusSlave, Faults)[] slaves =
        [
            (Probe("a", 1, YosemitechModels.Y532, "YL4314010022", () => Water), mute),
            (Probe("b", 11, YosemitechModels.Y511, "YL2914010022", () => Water with { Celsius = 21.5f, TurbidityNtu = 12.25f }), new Faults()),
        ];
        Assert.Equal("01 03 04 33 33 F3 40 40 78", Ask(slaves, "01 03 28 00 00 02 CD AB"));
        mute.Switch(FaultKind.Mute);
        Assert.Equal("", Ask(slaves, "01 03 28 00 00 02 CD AB"));
        Assert.Equal("0B 03 0A 00 00 AC 41 00 00 44 41 00 00 23 71", Ask(slaves, "0B 03 26 00 00 05 8E 2B"));
    }

    [Fact]
    public void Garbled_answer_has_a_wrong_checksum_and_is_not_among_what_was_served()
    {
        var log = new StringWriter();
        var faults = new Faults();
        var line = Line([(Probe("ph", 1, YosemitechModels.Y532, "YL4314010022", () => Water), faults)], log);
        faults.Switch(FaultKind.Garble);
        var answer = Exchange(line, "01 03 28 00 00 02 CD AB");
        Assert.Equal(9, answer.Length);
        Assert.NotEqual(ModbusCrc.Compute(answer.AsSpan(0, 7)), answer[7] | (answer[8] << 8));
        Assert.Equal("", log.ToString());
        faults.Switch(FaultKind.None);
        Exchange(line, "01 03 28 00 00 02 CD AB");
        Assert.EndsWith(" ph 2800 3333F340 ph=7.599999904632568\n", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Late_answer_comes_late()
    {
        var faults = new Faults();
        faults.Switch(FaultKind.Late, TimeSpan.FromSeconds(2));
        var line = Line([(Probe("ph", 1, YosemitechModels.Y532, "YL4314010022", () => Water), faults)], TextWriter.Null);
        line.Receive(Bytes("01 03 28 00 00 02 CD AB"), TimeSpan.Zero);
        Assert.Null(line.Next(TimeSpan.FromSeconds(1.9)));
        Assert.NotNull(line.Next(TimeSpan.FromSeconds(2.1)));
    }

    [Fact]
    public void Request_may_come_in_pieces_but_not_after_a_pause()
    {
        var line = Line([(Probe("ph", 1, YosemitechModels.Y532, "YL4314010022", () => Water), new Faults())], TextWriter.Null);
        line.Receive(Bytes("01 03 28"), TimeSpan.Zero);
        line.Receive(Bytes("00 00 02 CD AB"), TimeSpan.Zero);
        Assert.NotNull(line.Next(TimeSpan.FromSeconds(1)));
        line.Receive(Bytes("01 03 28"), TimeSpan.Zero);
        line.Silence();
        line.Receive(Bytes("00 00 02 CD AB"), TimeSpan.Zero);
        line.Silence();
        Assert.Null(line.Next(TimeSpan.FromSeconds(1)));
        Assert.Equal("01 03 04 33 33 F3 40 40 78", Hex(Exchange(line, "01 03 28 00 00 02 CD AB")));
    }

    [Fact]
    public void No_bytes_make_a_line_fail() =>
        Gen.Byte.Array[0, 300].Array[1, 4].Sample(messages =>
        {
            var line = Line([(Probe("nh4", 1, YosemitechModels.Y560, "YL6814010022", () => Water), new Faults())], TextWriter.Null);
            foreach (var message in messages)
            {
                line.Receive(message, TimeSpan.Zero);

                // The same with a checksum that is right, so that it comes further.
                line.Silence();
                line.Receive(Bytes(WithChecksum(Hex([1, .. message]))), TimeSpan.Zero);
                line.Next(TimeSpan.FromDays(1));
                line.Silence();
            }
        });

    private static YosemitechProbe Probe(
        string id, byte address, YosemitechModel model, string serial, Func<ProbeWater> water, Faults? faults = null) =>
        new(id, address, model, faults ?? new Faults(), () => water().Of, serial);

    private static string Ask(IModbusSlave slave, string request) => Ask([(slave, new Faults())], request);

    private static string Ask(IReadOnlyList<(IModbusSlave, Faults)> slaves, string request) =>
        Hex(Exchange(Line(slaves, TextWriter.Null), request));

    private static byte[] Exchange(ModbusLine line, string request)
    {
        line.Receive(Bytes(request), TimeSpan.Zero);
        line.Silence();
        var transmission = line.Next(TimeSpan.FromDays(1));
        transmission?.Sent?.Invoke();
        return transmission?.Bytes ?? [];
    }

    private static ModbusLine Line(IReadOnlyList<(IModbusSlave, Faults)> slaves, TextWriter log) => new(
        slaves,
        VirtualLine.CharacterTime(9600),
        new ServedLog(log, TimeProvider.System, new SiteClock(TimeProvider.System, TimeSpan.Zero, 1)));

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes) is var hex
        ? string.Join(' ', hex.Chunk(2).Select(pair => new string(pair)))
        : "";

    private static string WithChecksum(string hex)
    {
        var bytes = Bytes(hex);
        var checksum = ModbusCrc.Compute(bytes);
        return Hex([.. bytes, (byte)(checksum & 0xFF), (byte)(checksum >> 8)]);
    }
}
