// The course of the learner's tests: reading, answering, listening, pages of others, and what is not open yet.
export const FILM_S = 12;
export const SRT = Array.from({ length: FILM_S / 2 }, (_, line) => `${line + 1}\n00:00:${String(line * 2).padStart(2, '0')},000 --> 00:00:${String(line * 2 + 2).padStart(2, '0')},000\nSpoken line ${line + 1}\n`).join('\n');

export const CHAPTERS = `
<chapter display_name="First steps" url_name="c1"><sequential display_name="Reading" url_name="s1">
  <vertical display_name="Read this" url_name="v1"><html url_name="h1" display_name="Words"><![CDATA[<p>A sentence with \\(x^2 + 1\\) in it.</p>]]></html></vertical>
  <vertical display_name="Answer this" url_name="v2">
    <problem url_name="p1" display_name="Roman animal" max_attempts="3" showanswer="attempted">
      <multiplechoiceresponse><label>Which animal stood for Rome?</label><choicegroup type="MultipleChoice">
        <choice correct="false">A lion <choicehint>Lions stood elsewhere.</choicehint></choice>
        <choice correct="true">A wolf</choice>
      </choicegroup></multiplechoiceresponse>
      <demandhint><hint>It howls.</hint><hint>It has pups.</hint></demandhint>
    </problem>
    <problem url_name="p2" display_name="A sum"><numericalresponse answer="12"><label>What is five and seven?</label><formulaequationinput/></numericalresponse></problem>
    <problem url_name="p3" display_name="Two parts">
      <stringresponse answer="Athens" type="ci"><label>The city of the Stoa</label><textline size="20"/></stringresponse>
      <optionresponse><label>Its columns &amp; walls were</label><optioninput><option correct="True">Painted</option><option correct="False">Absent</option></optioninput></optionresponse>
    </problem>
  </vertical>
  <vertical display_name="Listen to this" url_name="v3">
    <video url_name="f1" display_name="A tone" html5_sources="[&quot;/static/tone.wav&quot;]"><source src="/static/tone.wav"/><transcript language="en" src="tone.srt"/></video>
  </vertical>
</sequential></chapter>
<chapter display_name="Elsewhere" url_name="c3"><sequential display_name="Frames" url_name="s3">
  <vertical display_name="A page of others" url_name="v5">
    <iframe url_name="e1" display_name="Their page" iframe_url="https://films.example/embed"/>
    <html url_name="h5"><![CDATA[<div class="toasts overlay dialog" id="root" style="position:fixed;inset:0;z-index:99999;margin-top:-4000px;height:9000px;background:red">Mine now</div><p><a href="#there">Jump</a></p><p id="there">There</p>]]></html>
  </vertical>
  <vertical display_name="Pages with scripts" url_name="v6">
    <html url_name="h6" display_name="Styles"><![CDATA[<style>p { color: teal }</style><script>window.ready = 1</script>]]></html>
    <html url_name="h7" display_name="Counter"><![CDATA[<p id="said"></p><script>localStorage.setItem('n', 41); document.getElementById('said').textContent = 'kept ' + (Number(localStorage.getItem('n')) + 1) + ' of ' + sessionStorage.length</script>]]></html>
  </vertical>
</sequential></chapter>
<chapter display_name="Much later" url_name="c2" start="2099-01-01T00:00:00Z"><sequential display_name="Far" url_name="s2" start="2099-01-01T00:00:00Z">
  <vertical display_name="Not open" url_name="v4"><html url_name="h2"><![CDATA[<p>Later.</p>]]></html></vertical>
</sequential></chapter>`;
