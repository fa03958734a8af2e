using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Sensors.Profiles;

public sealed class ProfileFileTests
{
    private const string Good =
        """
        id = "maker-probe"
        maker = "Maker"
        name = "Probe"
        grade = "reference"
        verified_on_hardware = false
        [source]
        manual = "Manual"
        revision = "1"
        where = "page 1"
        [line]
        baud = 9600
        parity = "none"
        stop_bits = 1
        address = 1
        timeout = "1s"
        turnaround = "20ms"
        [[read]]
        name = "turbidity"
        function = "input"
        register = 0x2600
        count = 5
          [[read.output]]
          name = "turbidity"
          measurand = "turbidity_ntu"
          at = 4
          type = "f32"
          order = "DCBA"
          scale = 2
          range = [0, 1000]
          over_range = "drop"
          [[read.fault]]
          at = 8
          equals = 0xFF
          text = "wiper"
        [[vector]]
        read = "turbidity"
        source = "manual, page 1"
        request = "01 04 26 00 00 05 3B 41"
        reply = "01 04 0A 00 00 00 00 00 00 0D 41 00 00 83 C5"
        values = { turbidity = 17.625 }
        """;

    [Fact]
    public void Good_profile_has_nothing_wrong_and_says_what_it_means()
    {
        List<Problem> problems = [];

        var profile = ProfileFile.Read("p.toml", Good, problems);

        Assert.Empty(problems);
        var read = Assert.Single(Assert.IsType<DeviceProfile>(profile).Reads);
        Assert.Equal((true, 0x2600, 5), (read.IsInput, (int)read.Register, read.Count));
        var fault = Assert.Single(read.Faults);
        Assert.Equal((8, (byte?)0xFF, "wiper", SensorFault.DeviceFault), (fault.At, fault.Value, fault.Text, fault.Fault));
    }

    [Theory]
    [InlineData("00 00 8D 41", 35.25, null)]
    [InlineData("00 00 80 C0", null, SensorFault.OverRange)]
    [InlineData("00 00 C0 7F", null, SensorFault.DeviceFault)]
    [InlineData("FF FF 7F 7F", null, SensorFault.OverRange)]
    public void Number_is_scaled_and_judged_and_never_clamped(string bytes, double? value, SensorFault? fault)
    {
        var read = ProfileFile.Read("p.toml", Good, [])!.Reads[0];

        var measured = Assert.IsType<Reading.Measured>(read.Interpret(Hex.Bytes("00 00 00 00" + bytes + "00 00")));

        Assert.Equal((value, fault), (measured.Outputs[0].Measurement?.Value, measured.Outputs[0].Fault));
    }

    [Fact]
    public void Number_out_of_range_is_kept_where_the_profile_does_not_say_otherwise()
    {
        var text = Good.Replace("  over_range = \"drop\"\n", "", StringComparison.Ordinal);
        var read = ProfileFile.Read("p.toml", text, [])!.Reads[0];

        var measured = Assert.IsType<Reading.Measured>(read.Interpret(Hex.Bytes("00 00 00 00 00 00 80 C0 00 00")));

        Assert.Equal(
            [new OutputReading("turbidity", new Measurement(Measurand.TurbidityNtu, -8), SensorFault.OverRange)],
            measured.Outputs);
    }

    [Theory]
    [InlineData("id = \"maker-probe\"", "id = \"Maker Probe\"", "p.toml:1:1: id is no name: \"Maker Probe\"; use 1 to 32 of a-z, 0-9 and -")]
    [InlineData("verified_on_hardware = false\n", "", "p.toml:1:1: verified_on_hardware is missing; say false until somebody has run it against the real thing")]
    [InlineData("grade = \"reference\"", "grade = \"good\"", "p.toml:4:1: grade is not a word known here; use one of: reference, indicative")]
    [InlineData("revision = \"1\"\n", "", "p.toml:6:2: revision of [source] is missing; add it here")]
    [InlineData("turnaround = \"20ms\"", "turnaround = \"2s\"", "p.toml:16:1: turnaround is longer than timeout; give the probe more time")]
    [InlineData("function = \"input\"", "function = \"coil\"", "p.toml:19:1: function of [read] is not a word known here; use one of: holding, input, coils, discrete")]
    [InlineData("register = 0x2600", "register = 0xFFFE", "p.toml:21:1: the last register would be beyond 0xFFFF; lower register or count")]
    [InlineData("measurand = \"turbidity_ntu\"", "measurand = \"turbidity\"", "p.toml:24:3: measurand of [read.output] is not a word known here; use one of: MEASURANDS")]
    [InlineData("at = 4", "at = 7", "p.toml:25:3: byte 7 and the 3 after it are not within the 10 bytes read; raise count or lower at")]
    [InlineData("order = \"DCBA\"", "order = \"little\"", "p.toml:27:3: order of [read.output] is not a word known here; use one of: ABCD, CDAB, BADC, DCBA")]
    [InlineData("scale = 2", "scale = 0", "p.toml:28:3: scale must not be 0; leave it out where the number is in the measurand's unit")]
    [InlineData("range = [0, 1000]", "range = [1000, 0]", "p.toml:29:3: range must be [low, high]; put the lower number first|p.toml:30:3: over_range without a range; add range = [low, high] or remove it")]
    [InlineData("text = \"wiper\"", "text = \" \"", "p.toml:34:3: text must be 1 to 200 characters on one line; write what a stranger needs")]
    [InlineData("read = \"turbidity\"", "read = \"ph\"", "p.toml:36:1: there is no read \"ph\"; name one of those above|p.toml:1:1: the read turbidity has no [[vector]]; add an example from the maker's manual")]
    [InlineData("source = \"manual, page 1\"\n", "", "p.toml:35:3: source of [vector] is missing; add it here")]
    [InlineData("00 00 83 C5\"", "1\"", "p.toml:39:1: reply must be bytes in hexadecimal; write reply = \"01 03 …\"")]
    [InlineData("values = { turbidity = 17.625 }", "values = { ntu = 17.625 }", "p.toml:40:10: turbidity of [vector.values] is missing; add it here|p.toml:40:12: ntu of [vector.values] is not known here; remove it")]
    [InlineData("0D 41 00 00 83 C5", "0D 41 00 00 83 C6", "p.toml:39:1: reply is none to this request: its checksum is wrong; copy it from its source again, or correct count")]
    [InlineData("01 04 0A 00", "02 04 0A 00", "p.toml:39:1: reply is none to this request: it has another address, function or length; copy it from its source again, or correct count")]
    [InlineData("00 05 3B 41", "00 05 3B 42", "p.toml:38:1: request is not what this read asks for; it asks 01 04 26 00 00 05 3B 41")]
    [InlineData("turbidity = 17.625", "turbidity = 17.5", "p.toml:35:3: the profile reads this vector otherwise: turbidity is 17.625; correct the output, or the vector after its source")]
    [InlineData("values = { turbidity = 17.625 }", "fault = \"device-fault\"", "p.toml:35:3: the profile reads this vector otherwise: there is no fault of everything; correct the output, or the vector after its source")]
    [InlineData("equals = 0xFF", "equals = 0x00", "p.toml:35:3: the profile reads this vector otherwise: it is a fault of everything: device-fault, wiper; correct the output, or the vector after its source")]
    [InlineData("  equals = 0xFF\n", "", "p.toml:31:5: nobody can tell when this fault is; write equals = 0xFF, or mask = 0x04 for single bits")]
    [InlineData("equals = 0xFF", "equals = 0xFF\n  fault = \"no-answer\"", "p.toml:34:3: fault of [read.fault] is not a word known here; use one of: device-fault, not-ready, absent, refused, over-range")]
    [InlineData("equals = 0xFF", "equals = 0xFF\n  outputs = [\"ph\"]", "p.toml:34:3: there is no output \"ph\" in this read; name outputs of the same read")]
    [InlineData("type = \"f32\"", "type = \"ascii\"", "p.toml:26:3: type of [read.output] is not a word known here; use one of: u8, s8, u16, s16, u32, s32, f32, f64, bits")]
    [InlineData("type = \"f32\"", "type = \"u16\"", "p.toml:27:3: order of [read.output] is not a word known here; use one of: AB, BA")]
    [InlineData("type = \"f32\"", "type = \"u8\"", "p.toml:27:3: a single byte has no order; remove it")]
    [InlineData("scale = 2", "scale = 2\n  mask = 3", "p.toml:29:3: mask is for type \"bits\" alone; write type = \"bits\", or remove it")]
    [InlineData("scale = 2", "scale = 2\n  basis = \"N\"", "p.toml:29:3: basis does not go with turbidity_ntu; remove it")]
    [InlineData("measurand = \"turbidity_ntu\"", "measurand = \"ammonium_n_mg_l\"", "p.toml:22:5: basis of [read.output] is missing; add it here")]
    [InlineData("measurand = \"turbidity_ntu\"", "measurand = \"ammonium_n_mg_l\"\n  basis = \"NH4\"", "p.toml:25:3: basis does not go with ammonium_n_mg_l; write ammonium_ion_mg_l, or basis = \"N\"")]
    [InlineData("[[vector]]\n", "[sequence]\nburst = 10\n[[vector]]\n", "p.toml:35:2: burst_every of [sequence] is missing; add it here|p.toml:35:2: reduce of [sequence] is missing; add it here")]
    [InlineData("[[vector]]\n", "[sequence]\nsettle = \"20s\"\n[[vector]]\n", "p.toml:36:1: settle means nothing without a prelude; add [[sequence.prelude]], or remove settle")]
    [InlineData("[[vector]]\n", "[[sequence.prelude]]\nsend = \"10 31 00 00 00 00\"\nreply = \"10 31 00 00 00\"\nsource = \"manual\"\nexample = \"01 10 31 00 00 00 00 74 95\"\n[[vector]]\n", "p.toml:39:1: example is not what this command sends; it sends 01 10 31 00 00 00 00 74 94")]
    [InlineData("[[vector]]\n", "[[sequence.prelude]]\nsend = \"10 31 00 00 00 00\"\nexample = \"01 10 31 00 00 00 00 74 94\"\n[[vector]]\n", "p.toml:35:3: source of [sequence.prelude] is missing; add it here|p.toml:35:3: a command has a reply or a drain, one of them; write reply = \"10 31 …\", or drain = \"500ms\" where it has no form")]
    [InlineData("[[vector]]\n", "[identify]\nfunction = \"holding\"\nregister = 0x0900\ncount = 7\ntype = \"ascii\"\nat = 1\nlength = 14\n[[vector]]\n", "p.toml:41:1: the serial number would end behind the 14 bytes read; raise count or lower length|p.toml:1:1: the read identity has no [[vector]]; add an example from the maker's manual")]
    [InlineData("[[vector]]\n", "[calibration]\nsource = \"manual\"\n[[calibration.point]]\nstandard = \"buffer\"\noutput = \"ph\"\nvalue = 4\nsend = \"06 00 07 00 0B\"\nreply = \"06 00 07 00 0B\"\nsource = \"manual\"\nexample = \"01 06 00 07 00 0B 79 CC\"\n[[vector]]\n", "p.toml:39:1: there is no output \"ph\"; use one of: turbidity")]
    [InlineData("[[vector]]\n", "[address_change]\nwrite = \"10 30 00 00 01 02\"\nafter = \"00\"\nsource = \"manual\"\nexample = \"01 10 30 00 00 01 02 14 00 99 54\"\n[[vector]]\n", "p.toml:39:1: example is not what this command sends; it sends 01 10 30 00 00 01 02 14 00 99 53")]
    public void Mistake_is_named_with_its_place_and_how_to_mend_it(string right, string wrong, string expected)
    {
        Assert.Contains(right, Good, StringComparison.Ordinal);
        List<Problem> problems = [];

        Assert.Null(ProfileFile.Read("p.toml", Good.Replace(right, wrong, StringComparison.Ordinal), problems));
        var known = string.Join(", ", MeasurandNames.All.Select(measurand => measurand.WireName));
        Assert.Equal(expected.Replace("MEASURANDS", known, StringComparison.Ordinal).Split('|'), problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("at = 1", "at = 8", "p.toml:39:3: at of [read.output] must be a whole number from 0 to 7; change the number")]
    [InlineData("at = 1", "at = 1\n  type = \"bits\"", "p.toml:40:3: type of [read.output] is not known here; remove it")]
    [InlineData("count = 8", "count = 2001", "p.toml:29:1: count of [read] must be a whole number from 1 to 2000; change the number|p.toml:39:3: at of [read.output] must be a whole number from 0 to 0; change the number")]
    [InlineData("\"discrete\"", "\"inputs\"", "p.toml:27:1: function of [read] is not a word known here; use one of: holding, input, coils, discrete|p.toml:31:5: type of [read.output] is missing; add it here|p.toml:36:5: type of [read.output] is missing; add it here")]
    [InlineData("\"discrete\"", "\"coils\"", "p.toml:46:1: request is not what this read asks for; it asks 01 01 00 00 00 08 3D CC")]
    [InlineData("outlet = 1", "outlet = 0", "p.toml:43:3: the profile reads this vector otherwise: outlet is 1; correct the output, or the vector after its source")]
    public void Mistake_about_coils_and_inputs_is_named_with_its_place(string right, string wrong, string expected)
    {
        var good = PondSentinel.Tests.Repository.Checkout.Text("deploy/profiles/inputs.toml");
        Assert.Contains(right, good, StringComparison.Ordinal);
        List<Problem> problems = [];

        Assert.Null(ProfileFile.Read("p.toml", good.Replace(right, wrong, StringComparison.Ordinal), problems));
        // What follows from a wrong read is told behind it.
        Assert.Equal(expected.Split('|'), problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("outputs = [\"turbidity\"]", "faults = { turbidity = \"device-fault\" }", "")]
    [InlineData("numbers = \"keep\"", "faults = { turbidity = \"device-fault\" }", "")]
    [InlineData("text = \"brush\"", "fault = \"device-fault\"", "")]
    [InlineData("outputs = [\"ph\"]", "faults = { turbidity = \"device-fault\" }", "p.toml:47:3: there is no output \"ph\" in this profile; name outputs of its reads")]
    [InlineData("numbers = \"keep\"", "", "p.toml:51:3: the profile reads this vector otherwise: it says of turbidity: device-fault; correct the output, or the vector after its source")]
    public void State_of_a_read_without_numbers_holds_for_those_of_the_others(string key, string vector, string expected)
    {
        List<Problem> problems = [];
        var text = $"""
            {Good}
            [[read]]
            name = "state"
            function = "holding"
            register = 19
            count = 1
              [[read.fault]]
              {key}
              {(key.StartsWith("text", StringComparison.Ordinal) ? "" : "text = \"brush\"")}
              at = 1
              mask = 0x02
            [[vector]]
            read = "state"
            source = "own"
            request = "01 03 00 13 00 01 75 CF"
            reply = "01 03 02 00 02 39 85"
            {vector}
            """;

        ProfileFile.Read("p.toml", text, problems);
        Assert.Equal(expected.Length == 0 ? [] : [expected], problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Any_text_is_read_without_an_exception() =>
        (from line in Gen.Int[0, Good.Split('\n').Length - 1] from text in Gen.String[0, 12] select (line, text)).Sample(
            input =>
            {
                var lines = Good.Split('\n');
                lines[input.line] = input.text;
                ProfileFile.Read("p.toml", string.Join('\n', lines), []);
            },
            iter: 500);
}
