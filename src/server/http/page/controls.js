// 8. What a person can do.

const seconds = () => 10 ** Number($('interval').value);

function showSeconds() {
  const inSeconds = value => `${value.toFixed(value < 1 ? 2 : 1)} s`;
  $('seconds').textContent = inSeconds(seconds());
  $('half').textContent = inSeconds(seconds() / 2);
  $('interval').ariaValueText = `every ${$('seconds').textContent}`;
}

$('naming').addEventListener('submit', event => {
  event.preventDefault(); // sent by script: the page stays
  const wanted = $('name').value.trim();
  if (wanted && wanted !== chat.name) say('/nick ' + wanted);
  $('text').focus();
});

$('saying').addEventListener('submit', event => {
  event.preventDefault();
  if ($('text').value.trim() && say($('text').value)) $('text').value = '';
});

$('again').addEventListener('click', connect);
addEventListener('online', () => { if (!$('again').hidden) connect(); });
document.addEventListener('visibilitychange', () => {
  compare();
  if (!document.hidden && !$('again').hidden) connect();
});

let tests = 0;
const test = () => say(`test ${tests + 1}`) && tests++;
$('test').addEventListener('click', test);

function toggle(button) {
  const isPressed = button.ariaPressed === 'false';
  button.ariaPressed = isPressed;
  return isPressed;
}

// At random times, as people talk: about every second and a half.
function talk() {
  test();
  talk.timer = setTimeout(talk, 200 - 1300 * Math.log(1 - Math.random()));
}
$('talk').addEventListener('click', event => toggle(event.currentTarget) ? talk() : clearTimeout(talk.timer));

$('pause').addEventListener('click', event => {
  toggle(event.currentTarget);
  compare();
});

$('reset').addEventListener('click', () => {
  panes.forEach(pane => {
    pane.reset();
    pane.box.replaceChildren();
  });
});

$('interval').addEventListener('input', showSeconds);
$('interval').addEventListener('change', () => {
  panes.forEach(pane => pane.reset()); // an average over two intervals would be true of neither
  hurry(); // so that nobody waits for ten seconds to see half a one
});

showSeconds();
connect();
requestAnimationFrame(frame);
